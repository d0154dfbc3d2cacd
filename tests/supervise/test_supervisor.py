"""What a supervisor promises of its children."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import pytest

from extproc.supervise.child import Child, ChildStatus, Happening
from tests.supervise.processes import (
    OBEDIENT,
    PATIENCE_S,
    STUBBORN,
    Postbox,
    Watched,
    supervised,
    wait_until_gone,
)


def test_children_start_in_order_and_stop_in_reverse(postbox: Postbox) -> None:
    async def then(_: Watched) -> None:
        for _child in range(3):
            await postbox.next()

    children = [postbox.child(name, OBEDIENT) for name in ("a", "b", "c")]
    code, watched = supervised(*children, then=then)

    started = [event.child for event in watched.events if event.what is Happening.STARTED]
    stopped = [event.child for event in watched.events if event.what is Happening.STOPPED]
    assert (0, ["a", "b", "c"], ["c", "b", "a"]) == (code, started, stopped)


def test_one_child_is_gone_before_the_one_it_depends_on_is_asked_to_stop(postbox: Postbox) -> None:
    async def then(_: Watched) -> None:
        await postbox.next()
        await postbox.next()

    _, watched = supervised(postbox.child("first", OBEDIENT), postbox.child("last", OBEDIENT), then=then)

    ending = [(e.child, e.what) for e in watched.events if e.what in {Happening.STOPPING, Happening.STOPPED}]
    expected = [
        ("last", Happening.STOPPING),
        ("last", Happening.STOPPED),
        ("first", Happening.STOPPING),
        ("first", Happening.STOPPED),
    ]
    assert expected == ending


def test_a_crashed_child_is_back_within_two_seconds(postbox: Postbox) -> None:
    async def then(watched: Watched) -> None:
        _, pid = await postbox.next()
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        _, new_pid = await postbox.next()
        took.append(time.monotonic() - killed)
        states.extend(watched.supervisor.states)
        assert new_pid != pid

    took: list[float] = []
    states: list[object] = []
    _, watched = supervised(postbox.child("worker", OBEDIENT), then=then)

    assert took[0] < 2.0
    assert Happening.EXITED in watched.told("worker")


def test_the_state_of_a_child_can_be_seen(postbox: Postbox) -> None:
    async def then(watched: Watched) -> None:
        _, first = await postbox.next()
        os.kill(first, signal.SIGKILL)
        _, second = await postbox.next()
        await watched.until(Happening.STARTED, "worker", 2)
        state = watched.supervisor.states[0]
        assert (ChildStatus.RUNNING, second, 1, "signal SIGKILL") == (
            state.status,
            state.pid,
            state.restarts,
            state.last_exit,
        )
        assert abs(state.since - time.time()) < 10

    supervised(postbox.child("worker", OBEDIENT), then=then)


def test_the_state_file_has_the_states_for_other_processes(postbox: Postbox, tmp_path: Path) -> None:
    async def then(_: Watched) -> None:
        _, pid = await postbox.next()
        seen.extend([pid, json.loads(file.read_text())])

    file = tmp_path / "states.json"
    seen: list[object] = []
    supervised(postbox.child("worker", OBEDIENT), then=then, state_file=file)

    pid, [state] = seen[0], seen[1]  # type: ignore[misc]  # a list of one, as JSON gave it
    assert ("worker", "running", pid, 0) == tuple(state[k] for k in ("name", "status", "pid", "restarts"))
    assert [("worker", "stopped", None)] == [
        (state["name"], state["status"], state["pid"]) for state in json.loads(file.read_text())
    ]


def test_a_child_that_keeps_dying_at_once_is_reported_plainly() -> None:
    async def then(watched: Watched) -> None:
        await watched.until(Happening.FAILING, "broken")

    _, watched = supervised(Child("broken", ("false",)), then=then)

    [event] = [event for event in watched.events if event.what is Happening.FAILING]
    assert "broken failing: ended 5 times soon after its start, last: exit code 1" == str(event)


def test_a_program_that_does_not_exist_says_so_in_its_log(tmp_path: Path) -> None:
    async def then(watched: Watched) -> None:
        await watched.until(Happening.EXITED, "ghost")

    log = tmp_path / "ghost.log"
    supervised(Child("ghost", ("no-such-program",), log=log), then=then)

    assert "no-such-program: No such file or directory" in log.read_text()


def test_a_log_that_cannot_be_opened_is_told_and_tried_again(tmp_path: Path) -> None:
    async def then(watched: Watched) -> None:
        event = await watched.until(Happening.EXITED, "child", 2)
        assert "Is a directory" in event.detail

    supervised(Child("child", ("true",), log=tmp_path), then=then)


def test_output_goes_to_the_log_which_only_its_owner_reads(postbox: Postbox, tmp_path: Path) -> None:
    async def then(_: Watched) -> None:
        await postbox.next()

    log = tmp_path / "logs" / "child.log"
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); " + OBEDIENT
    supervised(postbox.child("child", code, log=log), then=then)

    assert ["err", "out"] == sorted(log.read_text().split())
    assert 0o600 == log.stat().st_mode & 0o777


def test_a_child_that_ignores_sigterm_is_killed_at_its_deadline(postbox: Postbox) -> None:
    async def then(_: Watched) -> None:
        await postbox.next()

    code, watched = supervised(postbox.child("stubborn", STUBBORN, drain_s=0.2), then=then)

    expected = [Happening.STARTED, Happening.STOPPING, Happening.KILLED, Happening.STOPPED]
    assert (1, expected) == (code, watched.told("stubborn"))


def test_a_second_stop_kills_at_once(postbox: Postbox) -> None:
    async def then(watched: Watched) -> None:
        await postbox.next()
        watched.supervisor.stop()
        await watched.until(Happening.STOPPING, "stubborn")

    code, watched = supervised(postbox.child("stubborn", STUBBORN, drain_s=600.0), then=then)

    assert 1 == code
    assert Happening.KILLED in watched.told("stubborn")


def test_drain_is_awaited_before_sigterm(postbox: Postbox) -> None:
    async def then(_: Watched) -> None:
        await postbox.next()

    async def drain() -> None:
        order.append("drain")

    code = "signal.signal(15, lambda *_: (report('term'), exit())); " + OBEDIENT
    order: list[str] = []

    async def with_report() -> int:
        watched = Watched(postbox.child("child", code, drain=drain))
        running = asyncio.create_task(watched.supervisor.run())
        await postbox.next()
        watched.supervisor.stop()
        order.append((await postbox.next())[0])
        return await running

    asyncio.run(asyncio.wait_for(with_report(), 20))

    assert ["drain", "term"] == order


def test_a_drain_that_hangs_does_not_keep_sigterm_back(postbox: Postbox) -> None:
    async def then(_: Watched) -> None:
        await postbox.next()

    async def drain() -> None:
        await asyncio.Event().wait()

    code, watched = supervised(postbox.child("child", OBEDIENT, drain=drain, drain_s=2.0), then=then)

    assert 0 == code
    assert Happening.KILLED not in watched.told("child")


def test_a_stop_during_the_back_off_does_not_wait_for_it() -> None:
    async def then(watched: Watched) -> None:
        await watched.until(Happening.EXITED, "broken", 3)

    code, watched = supervised(Child("broken", ("false",)), then=then)

    assert (0, ChildStatus.STOPPED) == (code, watched.supervisor.states[0].status)


def test_a_supervisor_that_is_cancelled_leaves_nothing_behind(postbox: Postbox) -> None:
    async def run() -> int:
        running = asyncio.create_task(Watched(postbox.child("stubborn", STUBBORN)).supervisor.run())
        _, pid = await postbox.next()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return pid

    assert wait_until_gone(asyncio.run(asyncio.wait_for(run(), 20)))


def test_a_child_is_started_when_the_one_before_it_is_ready(postbox: Postbox) -> None:
    async def ready() -> None:
        order.append((await postbox.next())[0])

    async def then(watched: Watched) -> None:
        event = await watched.until(Happening.STARTED, "second")
        order.append(event.child)

    order: list[str] = []
    supervised(postbox.child("first", OBEDIENT, ready=ready), postbox.child("second", OBEDIENT), then=then)

    assert ["ready", "second"] == order


def test_a_stop_does_not_wait_for_a_child_that_never_gets_ready(postbox: Postbox) -> None:
    async def then(_: Watched) -> None:
        await postbox.next()

    async def ready() -> None:
        await asyncio.Event().wait()

    code, watched = supervised(
        postbox.child("first", OBEDIENT, ready=ready), postbox.child("second", OBEDIENT), then=then
    )

    assert 0 == code
    assert Happening.STARTED not in watched.told("second")


def test_equals_can_be_stopped_together(postbox: Postbox) -> None:
    """Each of them waits for the other's end to begin, so that one after the other would never end."""
    code = "signal.signal(15, lambda *_: report('term')); report('ready')\nsignal.pause(); signal.pause()"

    async def run() -> list[Happening]:
        watched = Watched(postbox.child("a", code), postbox.child("b", code), stop_together=True)
        running = asyncio.create_task(watched.supervisor.run())
        await postbox.next()
        await postbox.next()
        watched.supervisor.stop()
        reported = [(await postbox.next())[0] for _ in range(2)]
        watched.supervisor.stop()
        await running
        assert ["term", "term"] == reported
        return watched.told("a")

    assert Happening.STOPPING in asyncio.run(asyncio.wait_for(run(), PATIENCE_S))
