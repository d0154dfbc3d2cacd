"""Loops: calls that get nowhere, and calls that look alike but do."""

import pytest

from extproc.signals.loops import arguments
from extproc.signals.taxonomy import Leaf
from tests.signals.conversations import calls, kinds, signals

FAILS = "Error: something is missing"
LOOPS = {Leaf.RETRY, Leaf.PARAMETER_DRIFT, Leaf.OSCILLATION}

Call = tuple[str, str, str | None]


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([("f", "{}", FAILS)] * 2, set()),
        ([("f", "{}", FAILS)] * 3, {Leaf.RETRY}),
        ([("f", "{}", None)] * 3, {Leaf.RETRY}),
        ([("f", "{}", "nothing new")] * 3, {Leaf.RETRY}),
        ([("f", '{"a":1,"b":2}', FAILS), ("f", '{"b": 2, "a": 1}', FAILS)] * 2, {Leaf.RETRY}),
        ([("job_status", "{}", "running")] * 5, set()),
        ([("f", "{}", "1 of 3"), ("f", "{}", "2 of 3"), ("f", "{}", "3 of 3")], set()),
        ([("f", '{"q":1}', FAILS), ("f", '{"q":2}', FAILS), ("f", '{"q":3}', FAILS)], {Leaf.PARAMETER_DRIFT}),
        ([("f", '{"q":1}', "[]"), ("f", '{"q":2}', "[]"), ("f", '{"q":3}', "[]")], {Leaf.PARAMETER_DRIFT}),
        ([("f", '{"q":1}', "21"), ("f", '{"q":2}', "22"), ("f", '{"q":3}', "23")], set()),
        ([("a", "{}", "x"), ("b", "{}", "y")] * 3, {Leaf.OSCILLATION}),
        ([("a", "{}", "x"), ("b", "{}", "y")] * 2, set()),
        ([("a", "{}", "x"), ("b", "{}", "y"), ("c", "{}", "z")] * 3, {Leaf.OSCILLATION}),
        ([(n, f'{{"i":{i}}}', "ok") for i in range(3) for n in ("get", "put")], set()),
        ([(n, f'{{"i":{i}}}', FAILS) for i in range(3) for n in ("edit", "test")], {Leaf.OSCILLATION}),
    ],
)
def test_loops(done: list[Call], expected: set[Leaf]) -> None:
    """Polling, progress, and lists that are worked through are none."""
    assert expected == kinds(signals(calls(*done))) & LOOPS


def test_a_loop_is_one_signal_that_grows() -> None:
    """It stands where it began, and tells where it ends."""
    (loop,) = [s for s in signals(calls(*[("f", "{}", FAILS)] * 6)) if s.type is Leaf.RETRY]

    assert 1 == loop.message
    assert 6 == loop.metadata["call_count"]
    assert (1, 11) == (loop.metadata["start_index"], loop.metadata["end_index"])


def test_a_loop_after_a_loop_is_another() -> None:
    again = [("f", "{}", FAILS)] * 3
    done = [*again, ("g", "{}", "ok"), *again]

    assert 2 == sum(signal.type is Leaf.RETRY for signal in signals(calls(*done)))


@pytest.mark.parametrize(
    ("one", "other"), [('{"a": 1, "b": [2]}', '{"b":[2],"a":1}'), (" x ", "x"), ('{"a"', '{"a" ')]
)
def test_arguments_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert arguments(one) == arguments(other)
