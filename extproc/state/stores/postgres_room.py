"""When a kind of entry is cut back to its room in PostgreSQL, and how.

To count at each write would take as long as there are entries, and a counter would make all services wait for
each other. So each service counts its own writes and looks after every hundredth of the room: for a moment a
kind may have that much more than its room from each service, and what is just being written.
"""

import time
from typing import Final

import msgspec

from extproc.limits import STATE_SWEEP_S
from extproc.state.rooms import ROOM, Rooms
from extproc.state.stores.postgres_schema import Connection

_SLACK: Final = 100

# Rows that somebody else has in hand are left to him, so that nobody waits and no two wait for each other.
_EXPIRED: Final = """
    DELETE FROM plano_entry WHERE name IN (
        SELECT name FROM plano_entry WHERE expires <= clock_timestamp() AND expires < 'infinity'
        FOR UPDATE SKIP LOCKED
    )
"""
_OLDEST: Final = """
    DELETE FROM plano_entry WHERE name IN (
        SELECT name FROM plano_entry
        WHERE kind = $1 AND seq <= (
            SELECT max(seq) FROM (
                SELECT seq, row_number() OVER aged AS place, sum(size) OVER aged AS bytes
                FROM plano_entry WHERE kind = $1
                WINDOW aged AS (ORDER BY seq DESC ROWS UNBOUNDED PRECEDING)
            ) AS counted
            WHERE place > $2 OR (place > 1 AND bytes > $3)
        )
        FOR UPDATE SKIP LOCKED
    )
"""


class Count(msgspec.Struct, frozen=True):
    """Entries of a kind, and the bytes of their values."""

    entries: int = 0
    bytes: int = 0


class Trimmer:
    """Keeps kinds to their room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._written: dict[str, Count] = {}
        """By this service, ever."""
        self._seen: dict[str, Count] = {}
        """Those of them that the latest `trim` has counted."""
        self._next_sweep = 0.0

    def is_due(self, kind: str, size: int) -> bool:
        """Whether to `trim` together with the next write, of an entry of `size` bytes."""
        seen = self._seen.get(kind)
        if seen is None or time.monotonic() >= self._next_sweep:
            return True
        room, written = self._rooms.get(kind, ROOM), self._count(kind)
        entries, bytes_ = written.entries + 1 - seen.entries, written.bytes + size - seen.bytes
        return entries * _SLACK >= room.entries_max or bytes_ * _SLACK >= room.bytes_max

    def wrote(self, kind: str, size: int) -> None:
        """An entry was written without a `trim`."""
        written = self._count(kind)
        self._written[kind] = Count(written.entries + 1, written.bytes + size)

    async def trim(self, connection: Connection, kind: str) -> Count:
        """Remove what has expired, and of `kind` what is too much; the result is for `trimmed`."""
        room, seen = self._rooms.get(kind, ROOM), self._count(kind)
        await connection.execute(_EXPIRED)
        await connection.execute(_OLDEST, kind, room.entries_max, room.bytes_max)
        return seen

    def trimmed(self, kind: str, seen: Count) -> None:
        """It holds."""
        if seen.entries >= self._seen.get(kind, Count()).entries:
            self._seen[kind] = seen
        self._next_sweep = time.monotonic() + STATE_SWEEP_S

    def _count(self, kind: str) -> Count:
        return self._written.get(kind, Count())
