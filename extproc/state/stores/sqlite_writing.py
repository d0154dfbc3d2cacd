"""The writing half of the SQLite store: for one thread, each method one transaction."""

import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from extproc.limits import STATE_SWEEP_S
from extproc.state.rooms import ROOM, Rooms

_FIND: Final = "SELECT expires FROM entry WHERE kind = ? AND tenant = ? AND key = ?"
_DROP: Final = (
    "DELETE FROM entry WHERE kind = ? AND tenant = ? AND key = ? RETURNING kind, length(value), expires"
)
_INSERT: Final = "INSERT INTO entry (kind, tenant, key, value, at, expires) VALUES (?, ?, ?, ?, ?, ?)"
_OLDEST: Final = """
    DELETE FROM entry WHERE seq = (SELECT seq FROM entry WHERE kind = ? AND seq < ? ORDER BY seq LIMIT 1)
    RETURNING kind, length(value), expires
"""
_EXPIRED: Final = "DELETE FROM entry WHERE expires <= ? RETURNING kind, length(value), expires"
_USED: Final = "SELECT kind, count(*), total(length(value)) FROM entry GROUP BY kind"


class Writer:
    """Owns a connection. Each method raises `sqlite3.Error`, and has done nothing then."""

    def __init__(self, connection: sqlite3.Connection, rooms: Rooms, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._rooms = rooms
        self._clock = clock
        self._used: dict[str, list[int]] = {}
        """Entries and bytes of each kind: to count them each time would take as long as there are many."""
        self._count()
        self._swept = -math.inf

    def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store.put`."""
        with self._transaction():
            self._set(kind, tenant, key, value, ttl_s)

    def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store.add`."""
        with self._transaction():
            found = self._connection.execute(_FIND, (kind, tenant, key)).fetchone()
            if found and found[0] > self._clock():
                return False
            self._set(kind, tenant, key, value, ttl_s)
        return True

    def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store.delete`."""
        with self._transaction():
            gone = self._drop(_DROP, (kind, tenant, key))
        return bool(gone) and gone[0] > self._clock()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _set(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        now = self._clock()
        expires = math.inf if ttl_s is None else now + ttl_s
        self._drop(_DROP, (kind, tenant, key))
        written = self._connection.execute(_INSERT, (kind, tenant, key, value, now, expires)).lastrowid
        used = self._used.setdefault(kind, [0, 0])
        used[0] += 1
        used[1] += len(value)
        while self._too_much(kind):
            if not self._drop(_OLDEST, (kind, written)):
                self._count()  # another process has removed some
        if now - self._swept >= STATE_SWEEP_S:
            self._swept = now
            self._drop(_EXPIRED, (now,))
            self._count()

    def _too_much(self, kind: str) -> bool:
        entries, size = self._used.get(kind, (0, 0))
        room = self._rooms.get(kind, ROOM)
        return entries > 1 and (entries > room.entries_max or size > room.bytes_max)

    def _drop(self, statement: str, names: tuple[str | float | None, ...]) -> list[float]:
        """Run a DELETE; when those that went would have expired."""
        gone = self._connection.execute(statement, names).fetchall()
        for kind, size, _ in gone:
            used = self._used.setdefault(kind, [0, 0])
            used[0] -= 1
            used[1] -= size
        return [expires for _, _, expires in gone]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._count()
            raise

    def _count(self) -> None:
        self._used.clear()
        for kind, entries, size in self._connection.execute(_USED):
            self._used[kind] = [entries, int(size)]
