"""Real little processes that report what they do; everything here waits for events, with a bound."""

import asyncio
import os
import select
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from extproc.supervise.child import Child, Event, Happening
from extproc.supervise.supervisor import Supervisor

PATIENCE_S = 20.0

REPORT = """
import os, signal, socket
def report(what):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
        box.sendto(f"{what} {os.getpid()}".encode(), ("127.0.0.1", PORT))
"""
OBEDIENT = "report('ready'); signal.pause()"
STUBBORN = "signal.signal(15, signal.SIG_IGN); report('ready')\nwhile True: signal.pause()"


class Postbox:
    """A datagram socket to which a child's ``report(what)`` goes, with its process id."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)

    def child(self, name: str, code: str, log: Path | None = None, **more: Any) -> Child:
        """A child that runs `code`, in which ``report`` is defined."""
        port = self._socket.getsockname()[1]
        program = REPORT.replace("PORT", str(port)) + code
        return Child(name, (sys.executable, "-I", "-S", "-c", program), log=log, **more)

    async def next(self) -> tuple[str, int]:
        """What was reported, and by which process id."""
        what, pid = (await asyncio.get_running_loop().sock_recv(self._socket, 100)).decode().split()
        return what, int(pid)

    def close(self) -> None:
        """Ends it."""
        self._socket.close()


class Watched:
    """A supervisor whose events can be waited for."""

    def __init__(self, *children: Child, state_file: Path | None = None, stop_together: bool = False) -> None:
        self.events: list[Event] = []
        self._heard = asyncio.Event()
        self.supervisor = Supervisor(children, self._hear, state_file=state_file, stop_together=stop_together)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._heard.set()

    def told(self, child: str) -> list[Happening]:
        """What was told of one child."""
        return [event.what for event in self.events if event.child == child]

    async def until(self, what: Happening, child: str, times: int = 1) -> Event:
        """The event, once it has been told `times` times."""
        while True:
            told = [event for event in self.events if (event.what, event.child) == (what, child)]
            if len(told) >= times:
                return told[times - 1]
            self._heard.clear()
            await self._heard.wait()


def supervised(
    *children: Child, then: Callable[[Watched], Awaitable[None]], state_file: Path | None = None
) -> tuple[int, Watched]:
    """Runs `children`, does `then`, stops them; the exit code of the supervisor and what it told."""

    async def run() -> tuple[int, Watched]:
        watched = Watched(*children, state_file=state_file)
        async with asyncio.timeout(PATIENCE_S):
            running = asyncio.create_task(watched.supervisor.run())
            try:
                await then(watched)
            finally:
                watched.supervisor.stop()
            return await running, watched

    return asyncio.run(run())


def wait_until_gone(pid: int) -> bool:
    """Whether the process, not a child of ours, ended within `PATIENCE_S`."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        readable, _, _ = select.select([handle], [], [], PATIENCE_S)
        return bool(readable)
    finally:
        os.close(handle)
