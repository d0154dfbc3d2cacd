"""What is peculiar to the SQLite store: what survives, which files it takes, and that nobody waits for it."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from extproc.state.rooms import Room
from extproc.state.store import StoreUnavailable
from extproc.state.stores import sqlite_schema
from extproc.state.stores.sqlite import SqliteStore, open_sqlite
from tests.state.stores.back_ends import Clock

WRITER = """
import asyncio, sys
from pathlib import Path
from extproc.state.stores.sqlite import open_sqlite

async def main():
    store = await open_sqlite(Path(sys.argv[1]), {})
    number = 0
    while True:
        await store.put("k", "", str(number), b"x" * 2000, None)
        print(number, flush=True)
        number += 1

asyncio.run(main())
"""


async def opened(path: Path, **kinds: Room) -> SqliteStore:
    return await open_sqlite(path, kinds)


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """In the middle of writing, three times into the same file."""
    path = tmp_path / "state.db"
    last = -1
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(60)]
            os.kill(writer.pid, signal.SIGKILL)
            told += [int(line) for line in writer.stdout.read().split()]
        last = max(last, *told)

    async def found() -> tuple[bool, int]:
        store = await opened(path)
        whole = [await store.get("k", "", str(number)) == b"x" * 2000 for number in range(last + 1)]
        await store.close()
        return all(whole), last

    whole, number = asyncio.run(found())
    assert whole
    assert number >= 59
    assert ("ok",) == sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()


def test_room_is_counted_over_restarts(tmp_path: Path) -> None:
    """Else each start would have room for as many again."""
    path = tmp_path / "state.db"

    async def run() -> list[str]:
        for key in ("a", "b", "c", "d"):
            store = await opened(path, k=Room(entries_max=2))
            await store.put("k", "", key, b"", None)
            await store.close()
        store = await opened(path, k=Room(entries_max=2))
        left = await store.newest("k", "", 0.0, 9)
        await store.close()
        return [entry.key for entry in left]

    assert ["d", "c"] == asyncio.run(run())


def test_room_that_another_process_has_made_is_counted_too(tmp_path: Path) -> None:
    """Two services with one file, for the moment of a restart."""

    async def run() -> list[str]:
        one, other = [await opened(tmp_path / "state.db", k=Room(entries_max=2)) for _ in range(2)]
        for key in ("a", "b"):
            await one.put("k", "", key, b"", None)
        for key in ("a", "b"):
            await other.delete("k", "", key)
        for key in ("c", "d", "e"):
            await one.put("k", "", key, b"", None)
        left = await one.newest("k", "", 0.0, 9)
        await one.close()
        await other.close()
        return [entry.key for entry in left]

    assert ["e", "d"] == asyncio.run(run())[:2]


def test_what_has_expired_is_removed_from_the_file(tmp_path: Path) -> None:
    """Nobody asks for a conversation that is over."""
    clock = Clock()

    async def run() -> None:
        store = await open_sqlite(tmp_path / "state.db", {}, clock)
        for number in range(5):
            await store.put("k", "", str(number), b"", 10.0)
        clock.now += 100.0
        await store.put("k", "", "last", b"", 10.0)
        await store.close()

    asyncio.run(run())
    rows = sqlite3.connect(tmp_path / "state.db").execute("SELECT key FROM entry").fetchall()
    assert [("last",)] == rows


def test_the_loop_does_not_wait_for_the_file(tmp_path: Path) -> None:
    """Somebody else has it locked: a read goes on, a write waits, and all else is served."""
    path = tmp_path / "state.db"

    async def run() -> tuple[bytes | None, bool]:
        store = await opened(path)
        await store.put("k", "", "a", b"1", None)
        locker = sqlite3.connect(path, isolation_level=None)
        locker.execute("BEGIN IMMEDIATE")
        write = asyncio.ensure_future(store.put("k", "", "a", b"2", None))
        await asyncio.sleep(0)
        read = await asyncio.wait_for(store.get("k", "", "a"), 1.0)
        waited = not write.done()
        locker.execute("COMMIT")
        locker.close()
        await write
        await store.close()
        return read, waited

    assert (b"1", True) == asyncio.run(run())


def another_programs(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")
    connection.close()


def of_a_later_version(path: Path) -> None:
    connection = sqlite_schema.opened(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def no_database(path: Path) -> None:
    path.write_bytes(b"dear diary" * 100)


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (another_programs, "this is the file of another program"),
        (of_a_later_version, "this is a file of a later version (its format is 99)"),
        (no_database, "file is not a database"),
        (a_folder, "unable to open database file"),
    ],
    ids=["another program's", "later version", "no database", "folder"],
)
def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, make: object, said: str) -> None:
    """And named."""
    path = tmp_path / "state.db"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(StoreUnavailable) as caught:
        asyncio.run(opened(path))

    assert f"{path}: {said}" == str(caught.value)
    assert before == (path.read_bytes() if path.is_file() else None)


def test_a_write_that_fails_is_told_and_leaves_the_store_usable(tmp_path: Path) -> None:
    """A full disk; here, a file that may not grow."""

    async def run() -> bytes | None:
        store = await opened(tmp_path / "state.db")
        await store.put("k", "", "a", b"1", None)
        limit = "PRAGMA max_page_count = 8"
        store._writer._connection.execute(limit)
        with pytest.raises(StoreUnavailable, match="full"):
            await store.put("k", "", "a", b"x" * 1_000_000, None)
        await store.put("k", "", "b", b"2", None)
        kept = await store.get("k", "", "a")
        await store.close()
        return kept

    assert b"1" == asyncio.run(run())
