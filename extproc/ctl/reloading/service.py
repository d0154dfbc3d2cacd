"""How a gateway is asked to reload: by a signal, on its socket, or by a change of the config's files."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from extproc.config.watch import Watch
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.ctl.reloading.told import GATEWAY_SOCKET, Told, Wish
from extproc.serving.control import listen
from extproc.supervise.supervisor import Supervisor

if TYPE_CHECKING:
    from extproc.ctl.reloading.reloader import Reloader


class Reloads:
    """One after another, however they are asked for; none once the gateway is `stopping`."""

    def __init__(self, make: Callable[[], "Reloader"], watch: Watch, stopping: Callable[[], bool]) -> None:
        """`make` is called for the first one, on a thread: it brings all that reads and renders a config."""
        self.watch = watch
        """On what was read last, whether it could be used or not."""
        self._make = make
        self._stopping = stopping
        self._reloader: Reloader | None = None
        self._lock = asyncio.Lock()
        self._running: asyncio.Task[Told] | None = None

    async def answer(self, question: bytes) -> bytes:
        """A `Wish`, and what became of it: `Told`, as JSON."""
        wish = msgspec.json.decode(question, type=Wish)
        return msgspec.json.encode(await self.reload(wish.environ, check=wish.check))

    async def reload(self, shell: Mapping[str, str] | None = None, *, check: bool = False) -> Told:
        """See `Reloader.reload`."""
        async with self._lock:
            if self._stopping():
                return Told(0, problems=("the gateway is being stopped",))
            started = time.monotonic()
            if self._reloader is None:
                self._reloader = await asyncio.to_thread(self._make)
            self._running = asyncio.create_task(self._reloader.reload(shell or {}, check=check))
            told = await self._running
            if not check:
                self.watch.take(*self._reloader.read)
            return msgspec.structs.replace(told, seconds=time.monotonic() - started)

    async def close(self) -> None:
        """Leave what is in force as it is."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._reloader is not None:
            await self._reloader.close()


@asynccontextmanager
async def reloads(
    home: Home,
    record: Record,
    shell: Mapping[str, str],
    say: Callable[[str], None],
    supervisor: Supervisor,
) -> AsyncIterator[None]:
    """While this is open, the gateway reloads when it is asked to. `say` hears what a log should tell."""

    def make() -> "Reloader":
        from extproc.ctl.reloading.reloader import Reloader

        return Reloader(home, record, shell, say, supervisor.restart)

    watch = Watch()
    watch.take(map(Path, record.inputs), {})
    reloads = Reloads(make, watch, lambda: supervisor.stopping)
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    server = await listen(Path(record.socket_dir) / GATEWAY_SOCKET, reloads.answer)
    tasks = [asyncio.create_task(_on_signal(reloads, asked))]
    if record.watch:
        tasks.append(asyncio.create_task(_on_change(reloads)))
    try:
        yield
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await reloads.close()


async def _on_signal(reloads: Reloads, asked: asyncio.Event) -> None:
    """Once for any number of signals that come while it is at work."""
    while True:
        await asked.wait()
        asked.clear()
        await reloads.reload()


async def _on_change(reloads: Reloads) -> None:
    while True:
        await reloads.watch.changed()
        await reloads.reload()
