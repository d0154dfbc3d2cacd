"""A watch on a config's files: tells when there is something else in one of them.

Looks at them again and again, by name. Whatever takes the place of a file (a rename, a symbolic link that
leads elsewhere, as Kubernetes changes a ConfigMap) is seen as surely as a file that is written in place, and
on every file system. To be told by the kernel would need a watch on each folder of each link on the way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from extproc.config.inputs import Stamp, contents, stamps
from extproc.limits import CONFIG_POLL_S

Contents = dict[Path, bytes | None]
Stamps = dict[Path, Stamp]


class Watch:
    """What is known of some files, and what becomes of them."""

    def __init__(
        self, every_s: float = CONFIG_POLL_S, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._every_s = every_s
        self._sleep = sleep
        self._known: Contents = {}
        self._checked: Stamps = {}
        """As they were when they had that content."""

    def take(self, files: Iterable[Path], known: Contents) -> None:
        """Watch these from now on; `known` is what was in them when they were read, as far as that was seen.

        What was written since is told by the next `changed`.
        """
        files = tuple(files)
        self._known = {**contents(files), **{file: known[file] for file in files if file in known}}
        self._checked = {}

    async def changed(self) -> None:
        """Returns when a file has another content, and has had it for a while: it is not being written."""
        before: Stamps = {}
        while True:
            now = stamps(self._known)
            if now == before and now != self._checked:
                if contents(self._known) != self._known:
                    return
                self._checked = now
            before = now
            await self._sleep(self._every_s)
