"""Entries in the memory of the service: lost when it ends."""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from extproc.limits import STATE_SWEEP_S
from extproc.state.rooms import ROOM, Room, Rooms
from extproc.state.store import Entry

_Name = tuple[str, str]
"""Tenant and key."""


class _Kept(msgspec.Struct, frozen=True, gc=False):
    value: bytes
    at: float
    expires: float


class _Shelf:
    """The entries of one kind, in the order in which they were written."""

    def __init__(self, room: Room) -> None:
        self.entries: OrderedDict[_Name, _Kept] = OrderedDict()
        self._room = room
        self._bytes = 0

    def put(self, name: _Name, kept: _Kept) -> None:
        self.remove(name)
        self.entries[name] = kept
        self._bytes += len(kept.value)
        while len(self.entries) > self._room.entries_max or self._bytes > self._room.bytes_max:
            if len(self.entries) == 1:
                return
            self.remove(next(iter(self.entries)))

    def get(self, name: _Name, now: float) -> _Kept | None:
        kept = self.entries.get(name)
        if kept is not None and kept.expires <= now:
            self.remove(name)
            return None
        return kept

    def remove(self, name: _Name) -> None:
        kept = self.entries.pop(name, None)
        if kept is not None:
            self._bytes -= len(kept.value)

    def sweep(self, now: float) -> None:
        for name in [name for name, kept in self.entries.items() if kept.expires <= now]:
            self.remove(name)


class MemoryStore:
    """See `Store`. Never unavailable."""

    def __init__(self, rooms: Rooms, clock: Callable[[], float] = time.time) -> None:
        self._rooms = rooms
        self._clock = clock
        self._shelves: dict[str, _Shelf] = {}
        self._swept = clock()

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """See `Store`."""
        kept = self._shelf(kind).get((tenant, key), self._clock())
        return kept.value if kept else None

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store`."""
        now = self._clock()
        expires = float("inf") if ttl_s is None else now + ttl_s
        self._shelf(kind).put((tenant, key), _Kept(value, now, expires))
        self._sweep(now)

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store`."""
        # Nothing is awaited that could let another one in between.
        if await self.get(kind, tenant, key) is not None:
            return False
        await self.put(kind, tenant, key, value, ttl_s)
        return True

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store`."""
        shelf = self._shelf(kind)
        there = shelf.get((tenant, key), self._clock()) is not None
        shelf.remove((tenant, key))
        return there

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """See `Store`."""
        found: list[Entry] = []
        now = self._clock()
        for (owner, key), kept in reversed(self._shelf(kind).entries.items()):
            if kept.at < since or len(found) >= limit:
                break
            if kept.expires > now and tenant in (None, owner):
                found.append(Entry(owner, key, kept.value, kept.at))
        return found

    async def close(self) -> None:
        """See `Store`."""
        self._shelves.clear()

    def _shelf(self, kind: str) -> _Shelf:
        shelf = self._shelves.get(kind)
        if shelf is None:
            shelf = self._shelves[kind] = _Shelf(self._rooms.get(kind, ROOM))
        return shelf

    def _sweep(self, now: float) -> None:
        """What expires and is never asked for would stay until there is no room."""
        if now - self._swept < STATE_SWEEP_S:
            return
        self._swept = now
        for shelf in self._shelves.values():
            shelf.sweep(now)
