"""The sampler: what to read when only so much can be read."""

from extproc.signals.replay import analyse
from extproc.signals.report import Report
from extproc.signals.taxonomy import Leaf
from extproc.signals.triage import Why, triage
from tests.signals.conversations import lines


def told(*said: str) -> Report:
    kinds = ("human", "gpt")
    return analyse([{"from": kinds[number % 2], "value": text} for number, text in enumerate(said)])


QUIET = told("what is 2+2", "4")
ANGRY = told("fix it", "Done.", "this is useless")
ESCALATED = told("fix it", "Done.", "let me talk to a human")
DELIGHTED = told("fix it", "Done.", "it works, thank you!")


def test_the_worst_comes_first() -> None:
    picks = triage({"quiet": QUIET, "angry": ANGRY, "escalated": ESCALATED}, 2)

    assert ["escalated", "angry"] == [pick.id for pick in picks]
    assert picks[0].weight > picks[1].weight
    assert ((Leaf.ESCALATION,), 2) == (picks[0].leaves, picks[0].look_at)


def test_more_of_the_same_teaches_less() -> None:
    """One complaint after three escalations is worth more than a fourth."""
    reports = {f"e{number}": ESCALATED for number in range(9)} | {"angry": ANGRY}

    assert "angry" in [pick.id for pick in triage(reports, 4)]


def test_a_part_of_the_budget_is_for_what_went_well_and_for_chance() -> None:
    """What no detector sees is found only there."""
    reports = {f"bad{n}": ANGRY for n in range(30)} | {f"quiet{n}": QUIET for n in range(30)}
    reports |= {f"good{n}": DELIGHTED for n in range(30)}

    whys = [pick.why for pick in triage(reports, 20)]

    assert (16, 2, 2) == tuple(whys.count(why) for why in Why)


def test_a_budget_that_trouble_does_not_use_up_goes_to_chance() -> None:
    reports = {"bad": ANGRY} | {f"quiet{number}": QUIET for number in range(9)}

    assert [Why.TROUBLE] + [Why.RANDOM] * 4 == [pick.why for pick in triage(reports, 5)]


def test_the_picks_do_not_depend_on_the_order() -> None:
    """But chance does on the seed."""
    reports = {f"quiet{number}": QUIET for number in range(50)}
    backwards = dict(reversed(reports.items()))

    assert triage(reports, 5) == triage(backwards, 5)
    assert triage(reports, 5, "a") != triage(reports, 5, "b")


def test_a_budget_larger_than_there_is_takes_all_once() -> None:
    reports = {"a": ANGRY, "b": QUIET, "c": DELIGHTED}

    assert {"a", "b", "c"} == {pick.id for pick in triage(reports, 99)}
    assert [] == triage(reports, 0)
    assert [] == triage({}, 5)


def test_reading_the_picks_finds_more_than_reading_at_random() -> None:
    """On the labelled conversations, which is what it is for."""
    conversations = {one["id"]: one for one in lines("judge.jsonl")}
    reports = {id_: analyse(one["messages"]) for id_, one in conversations.items()}

    picks = triage(reports, 40)

    worth = sum(conversations[pick.id]["review"] for pick in picks) / len(picks)
    base = sum(one["review"] for one in conversations.values()) / len(conversations)
    assert worth >= 0.7
    assert worth >= 1.5 * base
