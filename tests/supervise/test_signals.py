"""A supervisor as a process: what signals do to it and to its children."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process

import pytest

from tests.supervise.processes import OBEDIENT, PATIENCE_S, STUBBORN, Postbox, wait_until_gone

PROGRAM = """
import asyncio, sys
from extproc.supervise.child import Child
from extproc.supervise.supervisor import Supervisor
sys.exit(asyncio.run(Supervisor([Child("a", tuple(sys.argv[1:]), drain_s=600)]).run()))
"""


async def started(postbox: Postbox, code: str) -> tuple[Process, int]:
    """A supervisor in a process of its own, and its child's process id."""
    argv = postbox.child("a", code).argv
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, *argv, stdin=DEVNULL)
    _, pid = await postbox.next()
    return process, pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_children_and_then_the_supervisor(postbox: Postbox, number: int) -> None:
    async def run() -> tuple[int, int]:
        process, pid = await started(postbox, OBEDIENT)
        process.send_signal(number)
        return await process.wait(), pid

    code, pid = asyncio.run(asyncio.wait_for(run(), PATIENCE_S))

    assert 0 == code
    assert wait_until_gone(pid)


def test_a_second_signal_kills_at_once(postbox: Postbox) -> None:
    async def run() -> tuple[int, int]:
        code = "signal.signal(15, lambda *_: report('term'))\nreport('ready')\nwhile True: signal.pause()"
        process, pid = await started(postbox, code)
        process.terminate()
        await postbox.next()
        process.terminate()
        return await process.wait(), pid

    code, pid = asyncio.run(asyncio.wait_for(run(), PATIENCE_S))

    assert 1 == code
    assert wait_until_gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_no_child_outlives_a_supervisor_that_is_killed(postbox: Postbox) -> None:
    async def run() -> int:
        process, pid = await started(postbox, STUBBORN)
        process.kill()
        await process.wait()
        return pid

    assert wait_until_gone(asyncio.run(asyncio.wait_for(run(), PATIENCE_S)))


def test_a_terminals_interrupt_reaches_the_supervisor_alone(postbox: Postbox) -> None:
    """The children are in groups of their own, so that they are stopped in order and not all at once."""

    async def run() -> tuple[int, int]:
        process, pid = await started(postbox, OBEDIENT)
        groups = os.getpgid(process.pid), os.getpgid(pid)
        process.terminate()
        await process.wait()
        return groups

    supervisor_group, child_group = asyncio.run(asyncio.wait_for(run(), PATIENCE_S))

    assert supervisor_group != child_group
