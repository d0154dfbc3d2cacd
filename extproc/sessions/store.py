"""Where bindings are kept: a key-value store with lifetimes. To lose an entry costs no request."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol


class SessionStore(Protocol):
    """Values by key. It never raises: a store that cannot be reached has nothing and keeps nothing."""

    async def get(self, key: str) -> bytes | None:
        """The value, unless it was never there, has expired, or made room for others."""

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep `value` for `ttl_s` seconds from now."""


class MemoryStore:
    """In this process; of `entries_max` entries those used least recently make room."""

    def __init__(self, entries_max: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._entries_max = entries_max
        self._clock = clock

    def resize(self, entries_max: int) -> None:
        """Keep so many from the next `put` on."""
        self._entries_max = entries_max

    async def get(self, key: str) -> bytes | None:
        """See `SessionStore`."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires, value = entry
        if expires <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """See `SessionStore`."""
        self._entries[key] = (self._clock() + ttl_s, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self._entries_max:
            self._entries.popitem(last=False)
