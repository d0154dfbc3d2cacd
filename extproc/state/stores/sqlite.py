"""Entries in one SQLite file: they survive the end of the service, kill -9 included.

In WAL mode with ``synchronous=NORMAL``: what was written is there after the death of the process; after that
of the machine the latest writes may be missing, and the file is sound (https://www.sqlite.org/wal.html). Two
threads, one that writes and one that reads: SQLite may wait for the disk, the event loop must not.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from extproc.state.rooms import Rooms
from extproc.state.store import Entry, StoreUnavailable
from extproc.state.stores import sqlite_schema
from extproc.state.stores.sqlite_writing import Writer

_P = ParamSpec("_P")
_T = TypeVar("_T")

_GET: Final = "SELECT value FROM entry WHERE kind = ? AND tenant = ? AND key = ? AND expires > ?"
_NEWEST: Final = """
    SELECT tenant, key, value, at FROM entry
    WHERE kind = ? AND (? IS NULL OR tenant = ?) AND at >= ? AND expires > ?
    ORDER BY seq DESC LIMIT ?
"""


class SqliteStore:
    """See `Store`; made by `open_sqlite`."""

    def __init__(self, path: Path, rooms: Rooms, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-write")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-read")
        self._rooms = rooms
        self._writer: Writer
        self._reader: sqlite3.Connection

    async def open(self) -> None:
        """Open the file, and make it where there is none; raises `StoreUnavailable`."""
        try:
            await self._in(self._writing, self._open)
        except StoreUnavailable:
            self._end_threads()
            raise

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = Writer(sqlite_schema.opened(self._path), self._rooms, self._clock)
        self._reader = sqlite_schema.connected(self._path)

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """See `Store`."""
        return await self._in(self._reading, self._get, kind, tenant, key)

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store`."""
        await self._write(Writer.put, kind, tenant, key, value, ttl_s)

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store`."""
        return await self._write(Writer.add, kind, tenant, key, value, ttl_s)

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store`."""
        return await self._write(Writer.delete, kind, tenant, key)

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """See `Store`."""
        return await self._in(self._reading, self._newest, kind, tenant, since, limit)

    async def close(self) -> None:
        """See `Store`. The file is then whole by itself, without those beside it."""
        await self._in(self._reading, self._reader.close)
        await self._in(self._writing, self._writer.close)
        self._end_threads()

    def _end_threads(self) -> None:
        self._reading.shutdown(wait=False)
        self._writing.shutdown(wait=False)

    def _get(self, kind: str, tenant: str, key: str) -> bytes | None:
        row = self._reader.execute(_GET, (kind, tenant, key, self._clock())).fetchone()
        return row[0] if row else None

    def _newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        asked = (kind, tenant, tenant, since, self._clock(), limit)
        return [Entry(*row) for row in self._reader.execute(_NEWEST, asked)]

    async def _write(
        self, work: Callable[Concatenate[Writer, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        return await self._in(self._writing, lambda: work(self._writer, *args, **kwargs))

    async def _in(
        self, thread: ThreadPoolExecutor, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(thread, lambda: work(*args, **kwargs))
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"{self._path}: {error}") from error


async def open_sqlite(path: Path, rooms: Rooms, clock: Callable[[], float] = time.time) -> SqliteStore:
    """The store in the file `path`, which is made where there is none; raises `StoreUnavailable`."""
    store = SqliteStore(path, rooms, clock)
    await store.open()
    return store
