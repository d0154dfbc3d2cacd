"""When a kind of entry is cut back to its room in PostgreSQL, and how.

To count at each write would take as long as there are entries, and a counter would make all services wait for
each other. So each service counts its own writes and looks after every hundredth of the room: a kind may have
that much more than its room for a moment, from each service.
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


class _Written(msgspec.Struct):
    """Since a kind was cut back last, by this service."""

    entries: int = 0
    bytes: int = 0


class Trimmer:
    """Keeps kinds to their room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._written: dict[str, _Written] = {}
        self._next_sweep = 0.0

    def note(self, kind: str, size: int) -> bool:
        """An entry is about to be written; whether it is time to `trim` then."""
        written = self._written.get(kind)
        if written is None or time.monotonic() >= self._next_sweep:
            return True
        written.entries += 1
        written.bytes += size
        room = self._rooms.get(kind, ROOM)
        return written.entries * _SLACK >= room.entries_max or written.bytes * _SLACK >= room.bytes_max

    async def trim(self, connection: Connection, kind: str) -> None:
        """Remove what has expired, and of `kind` what is too much."""
        room = self._rooms.get(kind, ROOM)
        await connection.execute(_EXPIRED)
        await connection.execute(_OLDEST, kind, room.entries_max, room.bytes_max)

    def trimmed(self, kind: str) -> None:
        """It is done, and holds."""
        self._written[kind] = _Written()
        self._next_sweep = time.monotonic() + STATE_SWEEP_S
