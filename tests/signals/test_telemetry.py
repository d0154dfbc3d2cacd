"""Signals as attributes and events of a span."""

import pytest

from extproc.signals.replay import analyse
from extproc.signals.telemetry import attributes, events, flagged

ANGRY = analyse(
    [
        {"from": "human", "value": "fix it"},
        {"from": "gpt", "value": "Done."},
        {"from": "human", "value": "this is useless"},
    ]
)
CALM = analyse([{"from": "human", "value": "what is 2+2"}, {"from": "gpt", "value": "4"}])


def test_attributes_have_planos_names() -> None:
    """Categories in which nothing was seen are left out."""
    assert {
        "signals.quality": "poor",
        "signals.quality_score": ANGRY.score,
        "signals.turn_count": 2,
        "signals.efficiency_score": 1.0,
        "signals.interaction.disengagement.count": 1,
        "signals.interaction.disengagement.severity": 1,
    } == attributes(ANGRY)


def test_an_event_for_each_signal() -> None:
    (event,) = events(ANGRY.signals, content=True)

    assert "signal.interaction.disengagement.negative_stance" == event.name
    assert {
        "signal.type": "interaction.disengagement.negative_stance",
        "signal.message_index": 2,
        "signal.confidence": 0.85,
        "signal.snippet": "this is useless",
        "signal.metadata": '{"indicator_type":"complaint"}',
    } == event.attributes


def test_without_leave_nothing_that_was_said_is_told() -> None:
    """`tracing.capture_content` gives it."""
    failed = analyse([{"from": "observation", "value": "Error: secret-name timed out"}])

    told = [event.attributes for event in events((*ANGRY.signals, *failed.signals), content=False)]

    assert not any("signal.snippet" in attributes_ or "timed out" in str(attributes_) for attributes_ in told)


@pytest.mark.parametrize(("report", "expected"), [(ANGRY, True), (CALM, False)])
def test_the_flag(report: object, expected: bool) -> None:
    told = ANGRY if report is ANGRY else CALM

    assert expected is flagged(told)
