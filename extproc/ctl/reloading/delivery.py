"""Hands resources to Envoy by its files, and sees to it that Envoy has taken them.

Envoy says nothing to whoever writes a file. But each subscription tells the version that it has, and counts
what it refused; why it did stands in Envoy's log.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from extproc.bootstrap.dynamic import File, Resources, files
from extproc.ctl.reloading.admin import Admin
from extproc.limits import ENVOY_APPLIES_S

_POLL_S: Final = 0.01
_REJECTION: Final = re.compile(r"config update rejected: (.+)")
_LOG_BYTES_MAX: Final = 64 * 1024


class Refused(RuntimeError):
    """Envoy did not take what it was given; the message is why. What it has now may be a part of it."""


def write_all(resources: Resources, directory: Path) -> None:
    """The files with which an Envoy begins."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in files(resources).values():
        _write(file, "0", directory)


class Delivery:
    """What Envoy has, and the way there. Not for several tasks at once."""

    def __init__(self, directory: Path, admin: Admin, log: Path, now: Resources) -> None:
        self.now = now
        """What stands in the files."""
        self._directory = directory
        self._admin = admin
        self._log = log
        self._versions = (str(number) for number in itertools.count(1))

    async def put(self, wanted: Resources, *, taking_away: bool = False) -> None:
        """Give Envoy `wanted`: clusters first, or listeners first where something goes away.

        Raises `Refused` as soon as something was; then `now` is what stands in the files.
        """
        steps = [
            lambda now: replace(now, clusters=wanted.clusters),
            lambda now: replace(now, routes=wanted.routes, filters=wanted.filters),
            lambda now: replace(now, listeners=wanted.listeners),
        ]
        for step in reversed(steps) if taking_away else steps:
            await self._step(step(self.now))

    async def _step(self, wanted: Resources) -> None:
        there, due = files(self.now), files(wanted)
        changed = [file for name, file in due.items() if there.get(name) != file]
        listening = set(self.now.listeners)
        self.now = wanted
        for file in changed:
            # What is of a listener that is to come is read, and waited for, with the listener itself.
            await self._give(file, awaited=file.listener is None or file.listener in listening)
        self._forget(name for name in there if name not in due)

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            (self._directory / name).unlink(missing_ok=True)

    async def _give(self, file: File, *, awaited: bool) -> None:
        version = next(self._versions)
        refused, logged = await self._refused(file), _size(self._log)
        _write(file, version, self._directory)
        if not awaited:
            return
        deadline = time.monotonic() + ENVOY_APPLIES_S
        while not await self._has(file, version):
            if await self._refused(file) > refused:
                raise Refused(await self._reason(logged))
            if time.monotonic() > deadline:
                raise Refused(f"Envoy has not taken {file.name} after {ENVOY_APPLIES_S:g} s")
            await asyncio.sleep(_POLL_S)

    async def _has(self, file: File, version: str) -> bool:
        """Whether Envoy goes by it, and is not still waiting for a name to be looked up.

        An Envoy that does not answer is being started again: then it reads the file.
        """
        try:
            stats = await self._admin.stats(
                f"^({re.escape(file.subscription)}[.]version_text"
                "|cluster_manager[.]warming_clusters|listener_manager[.]total_listeners_warming)$"
            )
        except OSError:
            return False
        warming = (value for name, value in stats.items() if "warming" in name)
        return stats.get(f"{file.subscription}.version_text") == version and set(warming) == {"0"}

    async def _refused(self, file: File) -> int:
        """How many updates of this kind Envoy has refused since it was started."""
        pattern = f"^{re.escape(file.subscription)}[.](update_rejected|config_fail)$"
        try:
            return sum(map(int, (await self._admin.stats(pattern)).values()))
        except OSError:
            return 0

    async def _reason(self, logged: int) -> str:
        """What the log says since it had `logged` bytes; it may come a little after the count."""
        for _ in range(10):
            if found := _REJECTION.findall(_text(self._log, logged)):
                return f"Envoy refuses it: {found[-1].strip()}"
            await asyncio.sleep(_POLL_S)
        return "Envoy refuses it; its log says why"


def _write(file: File, version: str, directory: Path) -> None:
    path = directory / file.name
    temporary = directory / f".{file.name}.new"
    temporary.write_text(json.dumps({"version_info": version, "resources": file.resources}), encoding="utf-8")
    temporary.replace(path)


def _text(path: Path, begin: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(begin)
            return file.read(_LOG_BYTES_MAX).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
