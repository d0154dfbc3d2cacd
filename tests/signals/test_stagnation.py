"""Stagnation: answers that say the same again, conversations that drag on."""

import pytest

from extproc.signals.row import Kind, Row
from extproc.signals.taxonomy import Leaf
from tests.signals.conversations import kinds, leaves, signals, talk

LONG = "I understand your concern about the card. Please check the address in your settings."


@pytest.mark.parametrize(
    ("first", "again", "expected"),
    [
        (LONG, LONG, ["repetition"]),
        (LONG, f"{LONG} Is there anything else I can help you with?", ["repetition"]),
        ("The population of Norway is about 5.5 million.", "The population of Peru is about 34 million.", []),
        ("Done.", "Done.", []),
        ("Your appointment is at 9 on Monday, room 4.", "Your appointment is at 9 on Friday, room 4.", []),
    ],
)
def test_an_answer_that_repeats_an_earlier_one(first: str, again: str, expected: list[str]) -> None:
    """Closing words count for nothing, and a form that is filled in anew is no repetition."""
    assert expected == leaves(talk("one thing", first, "another thing", again))


def test_what_is_said_on_the_way_to_a_call_is_no_answer() -> None:
    """Agents narrate; the signal is taken back when the call comes."""
    text = "Let me look that up for you right away."
    rows = [Row(Kind.HUMAN, "a", 0), Row(Kind.AGENT, text, 1), Row(Kind.CALL, "{}", 2, name="f")]
    rows += [Row(Kind.RESULT, "1", 3), Row(Kind.AGENT, text, 4)]

    assert [] == leaves(rows)
    again = [*rows, Row(Kind.HUMAN, "b", 5), Row(Kind.AGENT, text, 6)]
    assert ["repetition"] == leaves(again)
    assert [] == leaves([*again, Row(Kind.CALL, "{}", 7, name="f")])


def test_a_long_conversation_that_goes_well_does_not_drag() -> None:
    said = [text for n in range(15) for text in (f"and number {n}", f"The answer to that is item {n * 7}.")]

    assert Leaf.DRAGGING not in kinds(signals(talk(*said)))


def test_a_long_conversation_with_friction_drags_once() -> None:
    said = ["book a table", "For how many?"]
    said += [text for n in range(12) for text in ("no, that's wrong", f"Then what about option {n} of ours?")]

    dragging = [signal for signal in signals(talk(*said)) if signal.type is Leaf.DRAGGING]

    assert 1 == len(dragging)
    assert {"total_turns": 10, "efficiency_score": 0.444, "baseline_turns": 5} == dragging[0].metadata
