"""The embedded router, with the real model."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from extproc.embedding.encoder import Encoder
from extproc.embedding.unavailable import EmbeddingUnavailable
from extproc.limits import CANDIDATE_SETS_KEPT
from extproc.routers import embedded
from extproc.routers.candidate import Candidate, Choice, Stage, Turn
from extproc.routers.embedded import EmbeddedRouter

TRAVEL = (
    Candidate("weather", "Gets real-time weather and forecasts..."),
    Candidate("flights", "Searches flights between airports..."),
)
OFFICE = (
    Candidate("it", "Passwords and locked accounts, laptops and printers, VPN and Wi-Fi."),
    Candidate("hr", "Holiday and sick leave, payslips, health insurance, pensions."),
    Candidate("kitchen", 'The canteen: menus, allergens, opening hours. Handles: "What is for lunch?"'),
)

JOURNEY = (*TRAVEL, Candidate("hotels", "Finds and books hotel rooms."))
THREE = "Book a hotel in Rome. Then find a flight to Rome. Then tell me the weather in Rome."


def choose(encoder: Encoder, candidates: tuple[Candidate, ...], *said: str) -> Choice:
    """`said`: the user's turns; the assistant says something between them."""
    turns = [turn for text in said for turn in (Turn("user", text), Turn("assistant", "Here you are."))]
    return asyncio.run(prepared(encoder, candidates, turns[:-1]))


async def prepared(encoder: Encoder, candidates: tuple[Candidate, ...], turns: Sequence[Turn]) -> Choice:
    router = EmbeddedRouter(encoder, deadline_s=20)
    await router.warm(candidates)
    return await router.choose(turns, candidates)


@pytest.mark.parametrize(
    ("candidates", "text", "name"),
    [
        (TRAVEL, "Will it rain in Tokyo?", "weather"),
        (TRAVEL, "how cold is it in Oslo right now", "weather"),
        (TRAVEL, "find me a flight from Berlin to Rome", "flights"),
        (TRAVEL, "I'd like to fly to Lisbon next week", "flights"),
        (OFFICE, "I forgot my password", "it"),
        (OFFICE, "the printer is jammed", "it"),
        (OFFICE, "how many vacation days do I have left", "hr"),
        (OFFICE, "what can I eat today", "kitchen"),
    ],
)
def test_it_is_sure_of_what_a_description_says(
    candidates: tuple[Candidate, ...], text: str, name: str, encoder: Encoder
) -> None:
    """No examples are needed."""
    choice = choose(encoder, candidates, text)

    assert ((name,), Stage.EMBEDDED, True) == (choice.names, choice.stage, choice.sure)


@pytest.mark.parametrize(
    "text", ["how do I play the guitar", "write a poem about love", "who won the chess match"]
)
def test_what_fits_nothing_chooses_none(text: str, encoder: Encoder) -> None:
    """The default agent is there for it."""
    choice = choose(encoder, OFFICE, text)

    assert ((), False) == (choice.names, choice.sure)


@pytest.mark.parametrize(
    ("candidates", "text", "names"),
    [
        (TRAVEL, "weather in Paris and flights there", ("weather", "flights")),
        (TRAVEL, "Find a flight to Oslo. Will it rain there?", ("flights", "weather")),
        (OFFICE, "I am sick today, and my laptop is broken", ("hr", "it")),
        (TRAVEL, "weather and flights", ("weather", "flights")),
        (TRAVEL, "flights, weather", ("flights", "weather")),
        (JOURNEY, "weather, flights and hotels", ("weather", "flights", "hotels")),
        (JOURNEY, THREE, ("hotels", "flights", "weather")),
        ((*OFFICE, *JOURNEY), THREE, ("hotels", "flights", "weather")),
        (TRAVEL, "rain and snow", ("weather",)),
        (TRAVEL, "flights and peanuts", ("flights",)),
        (TRAVEL, "rain and wind in Hamburg", ("weather",)),
        (TRAVEL, "I want to fly to Oslo and back", ("flights",)),
    ],
)
def test_several_tasks_are_found_in_their_order(
    candidates: tuple[Candidate, ...], text: str, names: tuple[str, ...], encoder: Encoder
) -> None:
    """And one task stays one."""
    choice = choose(encoder, candidates, text)

    assert (names, True) == (choice.names, choice.sure)


@pytest.mark.parametrize(
    ("said", "name", "sure"),
    [
        (("find me a flight to Rome", "and tomorrow?"), "flights", False),
        (("will it rain in Rome", "and tomorrow?"), "weather", False),
        (("find me a flight to Rome", "yes please"), "flights", False),
        (("find me a flight to Rome", "yes please", "the second one"), "flights", False),
        (("find me a flight to Rome", "how about Sunday"), "flights", False),
        (("find me a flight to Rome", "will it rain there?"), "weather", True),
        (("will it rain in Rome", "and flights there?"), "flights", True),
    ],
)
def test_follow_ups(said: tuple[str, ...], name: str, sure: bool, encoder: Encoder) -> None:
    """What says nothing by itself belongs to what was surely asked before; a new task does not."""
    choice = choose(encoder, TRAVEL, *said)

    assert ((name,), Stage.EMBEDDED, sure) == (choice.names, choice.stage, choice.sure)


def test_what_an_assistant_says_does_not_matter(encoder: Encoder) -> None:
    """It is the user who asks."""
    turns = (
        Turn("user", "find me a flight to Rome"),
        Turn("assistant", "It will rain in Rome, with storms and snow."),
        Turn("user", "ok"),
    )

    assert ("flights",) == asyncio.run(prepared(encoder, TRAVEL, turns)).names


def test_scores_are_of_all_candidates_the_best_first(encoder: Encoder) -> None:
    """Between 0 and 1, with a reason for people that quotes nothing."""
    choice = choose(encoder, OFFICE, "my payslip is wrong, Zaphod")

    assert {"it", "hr", "kitchen"} == {score.name for score in choice.scores}
    assert sorted((score.score for score in choice.scores), reverse=True) == [s.score for s in choice.scores]
    assert 0 <= choice.scores[-1].score <= choice.scores[0].score <= 1
    assert choice.ms > 0
    assert choice.margin > 0.5
    assert "hr" in choice.reason
    assert "Zaphod" not in choice.reason


@pytest.mark.parametrize(
    "conversation", [(), (Turn("assistant", "Hello!"),)], ids=["empty", "without a user"]
)
def test_without_a_question_none_is_chosen(conversation: Sequence[Turn], encoder: Encoder) -> None:
    """Nothing is raised."""
    choice = asyncio.run(EmbeddedRouter(encoder).choose(conversation, TRAVEL))

    assert ((), Stage.DEFAULT, False) == (choice.names, choice.stage, choice.sure)


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "😀" * 10_000, "a, " * 100_000])
def test_any_text_is_answered(text: str, encoder: Encoder) -> None:
    """Whatever a user sends."""
    assert not choose(encoder, TRAVEL, text).sure


def test_choosing_at_once_is_choosing_one_after_another(encoder: Encoder) -> None:
    """Requests do not touch each other."""
    texts = ["Will it rain?", "a flight to Rome", "weather in Paris and flights there", "tell me a joke"] * 5

    async def ask() -> list[tuple[str, ...]]:
        router = EmbeddedRouter(encoder)
        choices = await asyncio.gather(*(router.choose((Turn("user", text),), TRAVEL) for text in texts))
        return [choice.names for choice in choices]

    assert [choose(encoder, TRAVEL, text).names for text in texts] == asyncio.run(ask())


class Broken:
    """An encoder that cannot, or that never comes to an end."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def encode(self, _texts: Sequence[str]) -> np.ndarray:
        if self._error:
            raise self._error
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EmbeddingUnavailable("not installed: numpy", "pip install it"), "cannot run: not installed: numpy"),
        (None, "no answer within"),
    ],
    ids=["unavailable", "too slow"],
)
def test_an_encoder_that_does_not_answer_fails_no_request(error: Exception | None, reason: str) -> None:
    """Another stage decides."""
    router = EmbeddedRouter(Broken(error), deadline_s=0.01)  # type: ignore[arg-type]  # a double

    choice = asyncio.run(router.choose((Turn("user", "hello"),), TRAVEL))

    assert ((), Stage.DEFAULT, False) == (choice.names, choice.stage, choice.sure)
    assert reason in choice.reason


class Noting:
    """An encoder that counts the calls for many texts."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.prepared = 0

    async def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.prepared += len(texts) > 50
        return await self._encoder.encode(texts)


def test_candidates_are_prepared_once(encoder: Encoder) -> None:
    """By the first question, or before by `warm`; equal ones count as the same."""
    noting = Noting(encoder)

    async def ask() -> None:
        router = EmbeddedRouter(noting)  # type: ignore[arg-type]  # a double
        await router.warm(TRAVEL)
        again = tuple(Candidate(c.name, c.description) for c in TRAVEL)
        await router.choose((Turn("user", "hello"),), again)

    asyncio.run(ask())

    assert 1 == noting.prepared


def test_candidates_that_many_requests_bring_along_are_forgotten(encoder: Encoder) -> None:
    """Memory is bounded."""
    noting = Noting(encoder)

    async def ask() -> None:
        router = EmbeddedRouter(noting)  # type: ignore[arg-type]  # a double
        for number in range(CANDIDATE_SETS_KEPT + 1):
            await router.warm((*TRAVEL, Candidate(f"n{number}", "one")))
        await router.warm((*TRAVEL, Candidate("n1", "one")))
        await router.warm((*TRAVEL, Candidate("n0", "one")))

    asyncio.run(ask())

    assert CANDIDATE_SETS_KEPT + 2 == noting.prepared


@pytest.mark.parametrize("count", range(1, 12))
def test_the_fewer_candidates_the_better_one_must_fit(count: int) -> None:
    """But never so well that nothing does."""
    assert embedded.SURE > embedded.fits(count) >= embedded.fits(count + 1) > 0
