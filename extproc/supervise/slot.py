"""A child's place in its supervisor: keeps one process of it alive until it is told to stop."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import suppress

from extproc.limits import READY_MAX_S, TERMINATE_S
from extproc.supervise import process as processes
from extproc.supervise.backoff import Backoff
from extproc.supervise.child import Child, ChildState, ChildStatus, Event, Happening


class Slot:
    """Runs `child` again whenever it ends; `on_event` is called after each change of `state`."""

    def __init__(self, child: Child, on_event: Callable[[Event], None]) -> None:
        self.child = child
        self.state = ChildState(child.name, ChildStatus.STARTING, None, 0, time.time())
        self._on_event = on_event
        self._backoff = Backoff()
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._begun = asyncio.Event()
        # Held while a process comes to be: it cannot be stopped before it is known.
        self._starting = asyncio.Lock()

    async def keep_running(self) -> None:
        """Returns when `stop` or `kill` was called and the process is gone."""
        pid, ended = None, "never started"
        while not self._stopping.is_set():
            started = time.monotonic()
            pid, ended = await self._run_once()
            self._begun.set()
            if not self._stopping.is_set():
                await self._wait_after(pid, ended, time.monotonic() - started)
        self._enter(ChildStatus.STOPPED, None, ended)
        self._tell(Happening.STOPPED, pid, ended)

    async def _run_once(self) -> tuple[int | None, str]:
        """The process id it had, and how it ended; no id when it could not even be started."""
        try:
            process = await self._start()
        except OSError as error:  # no memory, no more processes, an unwritable log
            return None, f"{error.strerror} ({error.filename or self.child.argv[0]})"
        if process is None:
            return None, self.state.last_exit or "never started"
        returncode = await process.wait()
        self._process = None
        return process.pid, processes.describe_exit(returncode)

    async def _start(self) -> Process | None:
        async with self._starting:
            if self._stopping.is_set():
                return None
            self._process = await processes.start(self.child)
        again = self.state.status is ChildStatus.WAITING
        self._enter(ChildStatus.RUNNING, self._process.pid, self.state.last_exit, restarted=again)
        self._begun.set()
        self._tell(Happening.STARTED, self._process.pid)
        return self._process

    async def _wait_after(self, pid: int | None, ended: str, lifetime_s: float) -> None:
        delay_s = self._backoff.after(lifetime_s)
        self._enter(ChildStatus.WAITING, None, ended)
        self._tell(Happening.EXITED, pid, f"{ended}; next start in {delay_s:g} s")
        if self._backoff.begins_to_fail:
            times = self._backoff.quick_deaths
            self._tell(Happening.FAILING, None, f"ended {times} times soon after its start, last: {ended}")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), delay_s)

    def restart(self) -> None:
        """Ask the process to stop, if there is one; another one takes its place."""
        if self._process is not None:
            processes.terminate(self._process)

    async def until_ready(self) -> None:
        """Returns when the child was started and says that it is ready, or when it is to stop."""
        await self._begun.wait()
        if self.child.ready is None or self._stopping.is_set():
            return
        ready = asyncio.ensure_future(self.child.ready())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({ready, stopping}, timeout=READY_MAX_S, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (ready, stopping):
            waiting.cancel()
        await asyncio.gather(ready, stopping, return_exceptions=True)

    async def stop(self) -> bool:
        """Drain, SIGTERM, the deadline, SIGKILL. True when it went without being killed."""
        async with self._starting:
            self._stopping.set()
        process = self._process
        if process is None:
            return True
        self._tell(Happening.STOPPING, process.pid)
        try:
            async with asyncio.timeout(self.child.drain_s):
                await self._drain()
                processes.terminate(process)
                await process.wait()
        except TimeoutError:
            await self.kill()
            return False
        return True

    async def _drain(self) -> None:
        """A drain that fails or takes too long must not keep SIGTERM from being sent in time."""
        if self.child.drain is None:
            return
        drain_s = self.child.drain_s
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(max(drain_s - TERMINATE_S, drain_s / 2)):
                await self.child.drain()

    async def kill(self) -> None:
        """SIGKILL now."""
        async with self._starting:
            self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            self._tell(Happening.KILLED, self._process.pid)
            processes.kill(self._process)
            await self._process.wait()

    def _enter(
        self, status: ChildStatus, pid: int | None, last_exit: str | None, *, restarted: bool = False
    ) -> None:
        restarts = self.state.restarts + int(restarted)
        self.state = ChildState(self.child.name, status, pid, restarts, time.time(), last_exit)

    def _tell(self, what: Happening, pid: int | None, detail: str = "") -> None:
        self._on_event(Event(what, self.child.name, pid, detail))
