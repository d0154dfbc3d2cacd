"""When a router model that does not answer is left alone."""

import asyncio
from dataclasses import dataclass

from extproc.outbound.port import OutboundError
from extproc.routers.candidate import Choice, Stage
from extproc.routers.pause import Pause
from extproc.routers.router_model import RouterModel
from tests.routers.doubles import Answer, ScriptedOutbound, said
from tests.routers.test_router_model import ASKED, CANDIDATES, target

TRY_S = 3.0
HANGS = OutboundError("no answer within 3 s")
WEATHER = said('{"route": ["weather"]}')


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def fail(pause: Pause) -> None:
    began = pause.begin(TRY_S)
    assert began is not None
    pause.failed(began)


def test_pauses_grow_up_to_a_minute_and_each_ends_with_one_try() -> None:
    clock = Clock()
    pause = Pause(clock)
    fail(pause)
    fail(pause)
    lengths = []
    for _ in range(6):
        fail(pause)
        lengths.append(pause.seconds)
        clock.now += pause.seconds - 0.001
        assert pause.begin(TRY_S) is None
        clock.now += 0.001

    assert [5, 10, 20, 40, 60, 60] == lengths
    assert 8 == pause.failures


def test_an_answer_ends_the_count() -> None:
    """Three in a row are meant, and the next pause is a short one again."""
    clock = Clock()
    pause = Pause(clock)
    for _ in range(4):
        fail(pause)
        clock.now += pause.seconds
    pause.answered()

    fail(pause)
    fail(pause)
    assert (2, 0.0) == (pause.failures, pause.seconds)
    fail(pause)
    assert 5 == pause.seconds


def test_failures_that_were_on_their_way_make_no_pause_longer() -> None:
    """Many requests wait at once."""
    clock = Clock()
    pause = Pause(clock)
    began = [pause.begin(TRY_S) for _ in range(9)]
    clock.now += TRY_S
    for each in began:
        assert each is not None
        pause.failed(each)

    assert (3, 5.0) == (pause.failures, pause.seconds)


def test_a_try_after_a_pause_is_alone_while_it_may_last() -> None:
    """If whoever made it has gone, the next one may try then."""
    clock = Clock()
    pause = Pause(clock)
    for _ in range(3):
        fail(pause)
    clock.now += 5

    assert pause.begin(TRY_S) is not None
    clock.now += TRY_S - 0.1
    assert pause.begin(TRY_S) is None
    clock.now += 0.1
    assert pause.begin(TRY_S) is not None


def asked(router: RouterModel, times: int = 1) -> Choice:
    """The last of so many choices."""

    async def ask() -> Choice:
        return [await router.choose(ASKED, CANDIDATES) for _ in range(times)][-1]

    return asyncio.run(ask())


def test_a_router_model_that_does_not_answer_is_skipped_and_asked_again() -> None:
    clock, answers = Clock(), list[Answer]([HANGS] * 4)
    outbound = ScriptedOutbound(lambda: answers.pop(0) if answers else WEATHER)
    router = RouterModel(target(), outbound, pause=Pause(clock))

    skipped = asked(router, 5)
    assert (3, Stage.DEFAULT) == (len(outbound.calls), skipped.stage)
    assert "The router model openai/gpt-4o-mini is skipped for 5 s after 3 failures." == skipped.reason
    clock.now += 5
    assert "The router model openai/gpt-4o-mini failed: no answer within 3 s." == asked(router).reason
    assert "is skipped for 10 s after 4 failures." in asked(router).reason
    clock.now += 10
    assert ("weather",) == asked(router).names
    assert ("weather",) == asked(router).names


def test_an_answer_that_names_nobody_is_no_reason_for_a_pause() -> None:
    """It costs nobody its deadline."""
    outbound = ScriptedOutbound(said("", 500))

    asked(RouterModel(target(), outbound), 5)

    assert 5 == len(outbound.calls)
