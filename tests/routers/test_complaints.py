"""A log that stays readable."""

import logging

import pytest

from extproc.routers.complaints import Complaints


def test_each_kind_is_said_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    complaints = Complaints(logging.getLogger("test"), 60.0, clock=lambda: now[0])

    for at, kind in ((0.0, "a"), (1.0, "a"), (2.0, "b"), (59.9, "a"), (60.0, "a"), (61.0, "b"), (62.0, "b")):
        now[0] = at
        complaints.say(kind, f"{kind} at {at}")

    assert ["a at 0.0", "b at 2.0", "a at 60.0", "b at 62.0"] == caplog.messages


def test_ever_new_kinds_take_no_memory(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints(logging.getLogger("test"))

    for number in range(1000):
        complaints.say(str(number), "x")

    assert 1000 == len(caplog.messages)
    assert len(complaints._said) <= 64
