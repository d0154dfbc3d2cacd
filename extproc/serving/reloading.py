"""``plano-extproc`` by itself: on SIGHUP the config is read again, and the workers change over.

Envoy is somebody else's then. Whoever renders its configuration gives it new clusters before this, and takes
old ones away after it.
"""

import asyncio
import logging
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from extproc.config.changes import changes
from extproc.config.load import ConfigError, Loaded, environment
from extproc.serving.fleet import Fleet, NotReady
from extproc.serving.in_force import InForce
from extproc.serving.sockets import control_path
from extproc.serving.texts import load, read

log = logging.getLogger("plano-extproc")


def read_config(path: Path, generation: int) -> tuple[InForce, Loaded]:
    """The config at `path`, read with this process's environment. Raises `ConfigError`."""
    return read(path, environment(path), generation, require_secrets=False)


class Reloading:
    """Reloads once for any number of `ask` that come while it is at work."""

    def __init__(self, config: Path, in_force: Path, sockets: tuple[Path, ...]) -> None:
        self._config = config
        self._now = InForce.read(in_force)
        self._fleet = Fleet([control_path(socket) for socket in sockets], in_force)
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """From a signal handler of the loop."""
        self._asked.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._reload_when_asked())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _reload_when_asked(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self._reload()
            except (ConfigError, NotReady, OSError) as error:
                log.error("%s; generation %d stays in force", error, self._now.generation)  # noqa: TRY400
                self._now = msgspec.structs.replace(self._now, error=str(error))
                await self._fleet.reject(self._now)

    async def _reload(self) -> None:
        before = await asyncio.to_thread(load, self._now)
        new, after = await asyncio.to_thread(read_config, self._config, self._now.generation + 1)
        await self._fleet.swap(new)
        self._now = new
        told = changes(before.snapshot, after.snapshot)
        log.info("generation %d is in force: %s", new.generation, told)
