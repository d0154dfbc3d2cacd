"""Where answers are kept: values by tenant and key, with lifetimes."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from extproc.limits import RESPONSES_BYTES_MAX, RESPONSES_MAX


class StoreUnavailable(Exception):
    """The store cannot be reached, or did not answer in time: nothing is known of what it holds."""


class ResponseStore(Protocol):
    """Each method raises `StoreUnavailable`, and nothing else. `tenant` is ``""`` where there are none."""

    async def get(self, tenant: str, key: str) -> bytes | None:
        """The value, unless it was never there, was deleted, has expired, or made room for others."""
        ...

    async def add(self, tenant: str, key: str, value: bytes, ttl_s: float) -> bool:
        """Keep `value` for `ttl_s` seconds from now, unless there is one: then ``False``, and it stays.

        Once it has returned, every worker's `get` finds the value.
        """
        ...

    async def delete(self, tenant: str, key: str) -> bool:
        """Whether there was one."""
        ...


class MemoryResponses:
    """In this process, within bounds: what was kept first makes room."""

    def __init__(
        self,
        entries_max: int = RESPONSES_MAX,
        bytes_max: int = RESPONSES_BYTES_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._bytes = 0
        self._clock = clock

    async def get(self, tenant: str, key: str) -> bytes | None:
        """See `ResponseStore`."""
        entry = self._entries.get((tenant, key))
        if entry is None:
            return None
        expires, value = entry
        if expires <= self._clock():
            self._forget((tenant, key))
            return None
        return value

    async def add(self, tenant: str, key: str, value: bytes, ttl_s: float) -> bool:
        """See `ResponseStore`; a value that there is no room for is not kept."""
        if len(value) > self._bytes_max or await self.get(tenant, key) is not None:
            return False
        self._entries[tenant, key] = (self._clock() + ttl_s, value)
        self._bytes += len(value)
        while len(self._entries) > self._entries_max or self._bytes > self._bytes_max or self._is_stale():
            self._forget(next(iter(self._entries)))
        return True

    async def delete(self, tenant: str, key: str) -> bool:
        """See `ResponseStore`."""
        if await self.get(tenant, key) is None:
            return False
        self._forget((tenant, key))
        return True

    def _is_stale(self) -> bool:
        """Whether the oldest has expired; all have much the same lifetime, so that the others have not."""
        return next(iter(self._entries.values()))[0] <= self._clock()

    def _forget(self, entry: tuple[str, str]) -> None:
        _, value = self._entries.pop(entry)
        self._bytes -= len(value)
