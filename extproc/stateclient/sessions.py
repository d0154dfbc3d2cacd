"""The memory of conversations, kept by the state service: all workers of a gateway share it."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, Protocol

from extproc.limits import (
    COMPLAINT_INTERVAL_S,
    STATE_CALL_S,
    STATE_LATE_LOOKUPS_MAX,
    STATE_LOOKUP_S,
    STATE_PAUSE_S,
    STATE_PUTS_MAX,
)
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable

log = logging.getLogger(__name__)

KIND: Final = "session"


class Entries(Protocol):
    """What it needs of the service; see `StateClient`."""

    async def get(self, kind: str, tenant: str, key: str, *, deadline_s: float = ...) -> bytes | None:
        """Raises `StateUnavailable`."""

    async def put(
        self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None, *, deadline_s: float = ...
    ) -> None:
        """Raises `StateUnavailable` or `EntryTooLarge`."""


class StateSessions:
    """See `SessionStore`: it never raises. What cannot be looked up is as if it had never been there.

    A write is done behind the request's back; until it is, this worker reads what it wrote. While the service
    does not answer in time again and again, it is not asked.
    """

    def __init__(self, entries: Entries, clock: Callable[[], float] = time.monotonic) -> None:
        self.failed = 0
        """Look-ups and writes that came to nothing."""
        self._entries = entries
        self._clock = clock
        self._unwritten: dict[str, tuple[bytes, float]] = {}
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._late = 0
        self._asked_again = 0.0
        self._complained = float("-inf")

    async def get(self, key: str) -> bytes | None:
        """See `SessionStore`."""
        if unwritten := self._unwritten.get(key):
            return unwritten[0]
        if self._late >= STATE_LATE_LOOKUPS_MAX and self._clock() < self._asked_again:
            self.failed += 1
            return None
        try:
            value = await self._entries.get(KIND, "", key, deadline_s=STATE_LOOKUP_S)
        except StateUnavailable as error:
            self._late += 1
            self._asked_again = self._clock() + STATE_PAUSE_S
            self._fail(error)
            return None
        self._late = 0
        return value

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """See `SessionStore`."""
        if key not in self._unwritten and len(self._unwritten) >= STATE_PUTS_MAX:
            self.failed += 1
            return
        self._unwritten[key] = (value, ttl_s)
        if key not in self._writing:
            self._writing[key] = asyncio.create_task(self._write(key))

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._writing.values(), return_exceptions=True)

    async def _write(self, key: str) -> None:
        try:
            while unwritten := self._unwritten.get(key):
                await self._written(key, *unwritten)
                if self._unwritten[key] is unwritten:
                    del self._unwritten[key]
        finally:
            del self._writing[key]

    async def _written(self, key: str, value: bytes, ttl_s: float) -> None:
        try:
            await self._entries.put(KIND, "", key, value, ttl_s, deadline_s=STATE_CALL_S)
        except (StateUnavailable, EntryTooLarge) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.failed += 1
        now = self._clock()
        if now - self._complained >= COMPLAINT_INTERVAL_S:
            self._complained = now
            log.warning("conversations are not remembered: %s", error)
