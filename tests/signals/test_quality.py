"""The goals, on the labelled conversations."""

import pytest

from bench.signals.labelled import HALVES, conversations, half_of
from bench.signals.quality import Judged, auc, counts, false_alarms, judge
from extproc.signals.lexicon import LANGUAGES
from extproc.signals.taxonomy import Leaf

F1_MIN = 0.75
FALSE_ALARMS_MAX = 0.05
AUC_MIN = 0.85

JUDGED = {half: judge(conversations(half)) for half in HALVES}


def test_there_are_enough_conversations_and_two_in_five_mislead() -> None:
    every = [one.conversation for judged in JUDGED.values() for one in judged]

    assert len(every) >= 200
    assert sum(one.hard for one in every) >= 0.4 * len(every)
    assert set(LANGUAGES) == {one.lang for one in every}
    assert set(Leaf) == {leaf for one in every for leaf in one.leaves}


@pytest.mark.parametrize("half", HALVES)
def test_chance_has_parted_the_halves(half: str) -> None:
    assert {half} == {half_of(one.conversation.id) for one in JUDGED[half]}


@pytest.mark.parametrize("half", HALVES)
def test_labels_stand_at_messages_that_are_there(half: str) -> None:
    labels = [(one.conversation, label) for one in JUDGED[half] for label in one.conversation.labels]

    assert all(0 <= label.message < len(one.messages) for one, label in labels)


@pytest.mark.parametrize("judged", JUDGED.values(), ids=JUDGED)
def test_the_kinds_of_signals_are_found(judged: list[Judged]) -> None:
    assert counts(judged).f1 >= F1_MIN


@pytest.mark.parametrize("judged", JUDGED.values(), ids=JUDGED)
def test_clean_conversations_raise_no_alarm(judged: list[Judged]) -> None:
    wrong, clean = false_alarms(judged)

    assert wrong <= FALSE_ALARMS_MAX * clean


@pytest.mark.parametrize("judged", JUDGED.values(), ids=JUDGED)
def test_the_score_tells_what_is_worth_reading(judged: list[Judged]) -> None:
    assert auc(judged, lambda one: one.report.score) >= AUC_MIN
