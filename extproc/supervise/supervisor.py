"""Runs several children as one: started in order, kept running, stopped in reverse order.

supervisor = Supervisor([Child("extproc", (…)), Child("envoy", (…))], on_event=print)
sys.exit(asyncio.run(supervisor.run()))
"""

import asyncio
import json
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from extproc.supervise.child import Child, ChildState, Event
from extproc.supervise.slot import Slot

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _say_nothing(_: Event) -> None:
    """The default listener."""


class Supervisor:
    """Keeps `children` running until SIGTERM, SIGINT or `stop`; a second one kills them at once.

    `on_event` hears of every change and must not raise. `state_file`, if given, always holds the current
    states as a JSON array (see `ChildState.as_json`), replaced whole, for other processes to read.
    Children are taken to depend on those before them: each is started when the one before is ready, and is
    gone before the one before is asked to stop. With `stop_together` all are asked to stop at once.
    No child outlives the process that runs this, not even when that is killed (`extproc.supervise.leash`).
    """

    def __init__(
        self,
        children: Sequence[Child],
        on_event: Callable[[Event], None] = _say_nothing,
        *,
        state_file: Path | None = None,
        stop_together: bool = False,
    ) -> None:
        self._on_event = on_event
        self._state_file = state_file
        self._stop_together = stop_together
        self._slots = [Slot(child, self._heard) for child in children]
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()

    @property
    def states(self) -> tuple[ChildState, ...]:
        """One for each child, in their order."""
        return tuple(slot.state for slot in self._slots)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def restart(self, name: str) -> None:
        """Has another process take the place of the child called so."""
        for slot in self._slots:
            if slot.child.name == name and not self.stopping:
                slot.restart()

    def stop(self) -> None:
        """Begins to stop; called again, kills."""
        if self._stop.is_set():
            self._kill.set()
        self._stop.set()

    async def run(self) -> int:
        """Returns when every child is gone: 0, or 1 when one of them had to be killed."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.stop)
        try:
            async with asyncio.TaskGroup() as tasks:
                starting = tasks.create_task(self._start_in_order(tasks))
                clean = await self._until_stopped()
                starting.cancel()
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)
            # Nothing is left to kill unless we were cancelled or have a fault of our own.
            await asyncio.gather(*(slot.kill() for slot in self._slots))
        return 0 if clean else 1

    async def _start_in_order(self, tasks: asyncio.TaskGroup) -> None:
        for slot in self._slots:
            tasks.create_task(slot.keep_running())
            await slot.until_ready()

    async def _until_stopped(self) -> bool:
        await self._stop.wait()
        orderly = asyncio.create_task(self._stop_in_order())
        killed = asyncio.create_task(self._kill.wait())
        await asyncio.wait({orderly, killed}, return_when=asyncio.FIRST_COMPLETED)
        killed.cancel()
        if orderly.done():
            return orderly.result()
        orderly.cancel()
        await asyncio.gather(*(slot.kill() for slot in self._slots))
        return False

    async def _stop_in_order(self) -> bool:
        if self._stop_together:
            return all(await asyncio.gather(*(slot.stop() for slot in self._slots)))
        return all([await slot.stop() for slot in reversed(self._slots)])

    def _heard(self, event: Event) -> None:
        if self._state_file is not None:
            with suppress(OSError):  # a full disk or a folder swept away is no reason to stop serving
                write_states(self._state_file, self.states)
        self._on_event(event)


def write_states(path: Path, states: Sequence[ChildState]) -> None:
    """Replaces `path` at once, so that a reader never sees half of it."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps([state.as_json() for state in states]), encoding="utf-8")
    temporary.replace(path)
