"""From signals to a number, a word and a severity."""

from itertools import pairwise

import pytest

from extproc.signals.analysis import advance
from extproc.signals.plano_score import plano_score
from extproc.signals.report import report
from extproc.signals.scoring import NEUTRAL, WEIGHT, Quality, quality, score, severity
from extproc.signals.signal import Signal
from extproc.signals.state import State
from extproc.signals.taxonomy import CATEGORY, Category, Leaf
from tests.signals.conversations import calls, talk


def state_with(*leaves: Leaf, turns: int = 4) -> State:
    """A conversation in which these were seen, one a message, surely."""
    signals = [Signal(leaf, number, 1.0) for number, leaf in enumerate(leaves)]
    good = [s.message for s in signals if CATEGORY[s.type] is Category.SATISFACTION]
    return State(
        turns=turns,
        signals=signals,
        counts={leaf: leaves.count(leaf) for leaf in leaves},
        last_good=max(good, default=-1),
    )


def test_a_conversation_that_shows_nothing_is_neutral() -> None:
    assert NEUTRAL == score(State())


def test_both_ends_are_reached() -> None:
    """By few signals: nobody thanks ten times."""
    assert 100.0 == score(state_with(Leaf.SUCCESS, Leaf.GRATITUDE, Leaf.CONFIRMATION))
    assert 0.0 == score(state_with(Leaf.NEGATIVE_STANCE, Leaf.ESCALATION))


@pytest.mark.parametrize("leaf", Leaf)
def test_satisfaction_lifts_and_all_else_lowers(leaf: Leaf) -> None:
    assert (CATEGORY[leaf] is Category.SATISFACTION) == (score(state_with(leaf)) > NEUTRAL)
    assert leaf in WEIGHT


def test_more_of_the_same_counts_for_less() -> None:
    """The second complaint says less than the first."""
    scores = [score(state_with(*[Leaf.CORRECTION] * number)) for number in range(4)]
    steps = [before - after for before, after in pairwise(scores)]

    assert steps == sorted(steps, reverse=True)
    assert all(step > 0 for step in steps)


def test_trouble_that_was_put_right_weighs_less() -> None:
    assert score(state_with(Leaf.CORRECTION, Leaf.GRATITUDE)) > score(
        state_with(Leaf.GRATITUDE, Leaf.CORRECTION)
    )


def test_an_end_in_errors_is_worse_than_errors_on_the_way() -> None:
    fails = ("f", "{}", "Error: request timed out")
    ended, went_on = State(), State()
    advance(ended, calls(fails))
    advance(went_on, calls(fails, ("g", "{}", "done")))

    assert score(ended) < score(went_on)


@pytest.mark.parametrize(
    ("value", "word"),
    [(100, "excellent"), (75, "excellent"), (74.9, "good"), (50, "neutral"), (25, "poor"), (0, "severe")],
)
def test_a_score_in_a_word(value: float, word: str) -> None:
    assert Quality(word) is quality(value)


def test_severity_goes_by_number() -> None:
    assert [0, 1, 1, 2, 2, 3, 3] == [severity(count) for count in range(7)]


@pytest.mark.parametrize(
    ("leaves", "turns", "expected"),
    [
        ((), 4, 50.0),
        ((Leaf.GRATITUDE,), 4, 62.0),
        ((Leaf.GRATITUDE,) * 2, 4, 66.0),
        ((Leaf.GRATITUDE,) * 9, 4, 69.0),
        ((Leaf.NEGATIVE_STANCE,), 4, 40.0),
        ((Leaf.NEGATIVE_STANCE,) * 5, 4, 0.0),
        ((Leaf.ESCALATION,), 4, 0.0),
        ((Leaf.QUIT,), 4, 0.0),
        ((Leaf.CORRECTION,), 4, 50.0),
        ((Leaf.CORRECTION,) * 2, 4, 35.0),
        ((Leaf.REPETITION,) * 2, 4, 50.0),
        ((Leaf.REPETITION,) * 3, 4, 34.0),
        ((Leaf.REPETITION,) * 5, 4, 0.0),
        ((Leaf.INVALID_ARGS,) * 2, 4, 34.0),
        ((Leaf.RETRY,), 4, 45.0),
        ((Leaf.TIMEOUT,) * 2, 4, 44.0),
    ],
)
def test_planos_formula(leaves: tuple[Leaf, ...], turns: int, expected: float) -> None:
    """Figure by figure; its "excellent" cannot be reached."""
    assert expected == plano_score(state_with(*leaves, turns=turns))


def test_a_report_has_every_category() -> None:
    state = State()
    advance(state, talk("hello", "Hi!", "this is useless"))
    told = report(state)

    assert set(Category) == set(told.groups)
    assert (1, 1) == (told.groups[Category.DISENGAGEMENT].count, told.groups[Category.DISENGAGEMENT].severity)
    assert (2, 1.0) == (told.turns, told.efficiency)
