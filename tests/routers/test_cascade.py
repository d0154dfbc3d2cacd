"""Two routers in turn, and what is left when there is none."""

import asyncio

from extproc.limits import CASCADE_CANDIDATES_MAX
from extproc.routers.candidate import Candidate, Choice, Score, Stage, Turn
from extproc.routers.cascade import Cascade
from extproc.routers.nobody import Nobody
from tests.routers.doubles import ScriptedRouter

ASKED = (Turn("user", "Will it rain?"),)
CANDIDATES = tuple(Candidate(f"c{number}", "") for number in range(8))
SCORES = tuple(Score(f"c{number}", 0.5 - number / 100) for number in (7, 2, 5, 0, 3, 1, 4, 6))
GUESS = Choice(("c7",), Stage.EMBEDDED, sure=False, reason="Close.", scores=SCORES, ms=2.0)
FAILED = Choice((), Stage.DEFAULT, sure=False, reason="No answer.")


def chosen(
    guess: Choice, said: Choice, candidates: tuple[Candidate, ...] = CANDIDATES
) -> tuple[Choice, list[str]]:
    """The cascade's choice, and whom the model was asked about."""
    model = ScriptedRouter(said)
    choice = asyncio.run(Cascade(ScriptedRouter(guess), model).choose(ASKED, candidates))
    return choice, [candidate.name for asked in model.asked for candidate in asked]


def test_a_sure_choice_asks_no_model() -> None:
    sure = Choice(("c1",), Stage.EMBEDDED, sure=True, reason="Clear.", scores=SCORES)

    assert (sure, []) == chosen(sure, FAILED)


def test_a_model_is_asked_about_the_best_in_the_configs_order() -> None:
    """A prompt that has the same candidates in the same order can be cached."""
    said = Choice(("c2", "c5"), Stage.MODEL, sure=True, reason="It chose.", ms=500.0)

    choice, asked = chosen(GUESS, said)

    assert ["c0", "c2", "c3", "c5", "c7"] == asked
    assert len(asked) == CASCADE_CANDIDATES_MAX
    assert (("c2", "c5"), Stage.MODEL, True, SCORES) == (
        choice.names,
        choice.stage,
        choice.sure,
        choice.scores,
    )


def test_what_an_earlier_turn_was_about_is_among_them() -> None:
    guess = Choice(("c6",), Stage.EMBEDDED, sure=False, reason="A follow-up.", scores=SCORES)

    _, asked = chosen(guess, FAILED)

    assert ["c0", "c2", "c5", "c6", "c7"] == asked


def test_a_few_or_unscored_candidates_are_all_asked_about() -> None:
    unscored = Choice((), Stage.EMBEDDED, sure=False, reason="Nothing is like it.")

    assert [f"c{number}" for number in range(8)] == chosen(unscored, FAILED)[1]
    assert ["c0", "c1", "c2"] == chosen(GUESS, FAILED, CANDIDATES[:3])[1]


def test_that_none_fits_holds_over_a_guess() -> None:
    said = Choice((), Stage.MODEL, sure=False, reason="None fits.")

    choice, _ = chosen(GUESS, said)

    assert ((), Stage.MODEL, False) == (choice.names, choice.stage, choice.sure)


def test_a_follow_up_stays_although_none_fits_it_by_itself() -> None:
    """ "And tomorrow?" fits nobody; the conversation is about the weather all the same."""
    guess = Choice(("c7",), Stage.EMBEDDED, sure=False, reason="A follow-up.", scores=SCORES, follows=True)
    said = Choice((), Stage.MODEL, sure=False, reason="It says that none fits.")

    choice, _ = chosen(guess, said)

    assert (("c7",), True) == (choice.names, choice.follows)


def test_where_the_model_fails_the_guess_holds() -> None:
    choice, _ = chosen(GUESS, FAILED)

    assert (("c7",), Stage.EMBEDDED, False) == (choice.names, choice.stage, choice.sure)
    assert "Close. No answer." == choice.reason


def test_where_nobody_can_be_asked_the_reason_is_told() -> None:
    choice = asyncio.run(Nobody("Install it.").choose(ASKED, CANDIDATES))

    assert Choice((), Stage.DEFAULT, sure=False, reason="Install it.") == choice
