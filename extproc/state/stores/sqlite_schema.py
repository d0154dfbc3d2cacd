"""The file of the SQLite store: its table, and how it is told from anybody else's file."""

import sqlite3
from pathlib import Path
from typing import Final

from extproc.limits import STATE_STORE_S

APPLICATION: Final = 0x504C414E
"""``PLAN``: in the file's header, so that no other program's file is written into (PRAGMA application_id)."""
VERSION: Final = 1
"""Of the table; a file with a higher one is of a later version of ours."""

# `seq` grows with each write, so that order needs no clock. `expires` is infinite where nothing was said.
_TABLE: Final = """
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        tenant TEXT NOT NULL,
        key TEXT NOT NULL,
        value BLOB NOT NULL,
        at REAL NOT NULL,
        expires REAL NOT NULL,
        UNIQUE (kind, tenant, key)
    ) STRICT
"""
_BY_AGE: Final = "CREATE INDEX entry_by_age ON entry (kind, seq)"


def opened(path: Path) -> sqlite3.Connection:
    """A connection that may write, to a file with our table; raises `sqlite3.Error`."""
    connection = connected(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        _prepare(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")  # not before it is known to be ours
    except BaseException:
        connection.close()
        raise
    return connection


def connected(path: Path) -> sqlite3.Connection:
    """A connection for one thread, whichever; raises `sqlite3.Error`."""
    connection = sqlite3.connect(path, timeout=STATE_STORE_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    if empty and (application, version) == (0, 0):
        for statement in (_TABLE, _BY_AGE):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    elif application != APPLICATION:
        raise sqlite3.DatabaseError("this is the file of another program")
    elif version != VERSION:
        raise sqlite3.DatabaseError(f"this is a file of a later version (its format is {version})")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
