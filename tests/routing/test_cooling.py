"""Targets that asked to be left alone."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from extproc.limits import COOLING_S_MAX, COOLING_TARGETS_MAX
from extproc.routing.cooling import Cooling, seconds_of
from extproc.routing.models import Target
from extproc.testing.builders import a_provider

A, B, C = (Target(a_provider(f"openai/{name}"), name) for name in "abc")


class Clock:
    """A time that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cooling(clock: Clock) -> Cooling:
    return Cooling(clock)


def test_nobody_who_is_ready_waits(cooling: Cooling) -> None:
    assert ((A, B), 0.0) == tuple_of(cooling, A, B)


def test_who_is_cooling_down_comes_last(cooling: Cooling) -> None:
    """And those who are ready stay in their order."""
    cooling.cool(A, 7)

    assert ((B, C, A), 0.0) == tuple_of(cooling, A, B, C)


def test_of_those_who_are_all_cooling_down_the_first_to_be_ready_is_first(cooling: Cooling) -> None:
    cooling.cool(A, 7)
    cooling.cool(B, 3)

    assert ((B, A), 3.0) == tuple_of(cooling, A, B)


def test_afterwards_the_order_is_the_old_one(cooling: Cooling, clock: Clock) -> None:
    cooling.cool(A, 7)
    clock.now += 7

    assert ((A, B), 0.0) == tuple_of(cooling, A, B)
    assert not cooling.any


def test_a_shorter_pause_does_not_end_a_longer_one(cooling: Cooling) -> None:
    cooling.cool(A, 7)
    cooling.cool(A, 2)

    assert ((A,), 7.0) == tuple_of(cooling, A)


def test_a_pause_has_an_end(cooling: Cooling) -> None:
    cooling.cool(A, 1e9)

    assert ((A,), COOLING_S_MAX) == tuple_of(cooling, A)


def test_what_is_remembered_is_bounded(cooling: Cooling) -> None:
    """A wildcard's models are the client's to name; the oldest is forgotten."""
    every = [Target(A.provider, f"m-{number}") for number in range(COOLING_TARGETS_MAX + 1)]
    for target in every:
        cooling.cool(target, 60)

    assert every[0] == cooling.order((every[1], every[0])).targets[0]


def tuple_of(cooling: Cooling, *targets: Target) -> tuple[tuple[Target, ...], float]:
    cooled = cooling.order(targets)
    return cooled.targets, cooled.wait_s


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("0", 0.0), (" 1.5 ", 1.5), ("", None), ("soon", None), ("-1", None)]
)
def test_a_retry_after_in_seconds(text: str, seconds: float | None) -> None:
    assert seconds == seconds_of(text)


def test_a_retry_after_with_a_date() -> None:
    """RFC 9110 §10.2.3; one that is over asks for nothing."""
    date = datetime.now(UTC) + timedelta(seconds=60)

    assert seconds_of(format_datetime(date, usegmt=True)) == pytest.approx(60, abs=2)
    assert 0.0 == seconds_of("Wed, 21 Oct 2015 07:28:00 GMT")
