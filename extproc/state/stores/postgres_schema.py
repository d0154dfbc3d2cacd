"""The tables of the PostgreSQL store, and how they come to be.

Each step is made once, in order, and noted in ``plano_schema``; a service that starts makes those that are
missing. Services of the version before may still be at work then: a step adds, it takes nothing away.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

from extproc.state.stores.address import StoreRefused

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# `name` is the digest of kind, tenant and key, and `owner` that of kind and tenant: the names themselves may
# be longer than an index takes. `seq` grows with each write, so that order needs no clock; `size` is that of
# the value, in the index by age, so that room is counted without reading values.
_ENTRIES: Final = (
    "CREATE SEQUENCE plano_entry_seq",
    """
    CREATE TABLE plano_entry (
        name bytea PRIMARY KEY,
        owner bytea NOT NULL,
        kind text NOT NULL,
        tenant text NOT NULL,
        key text NOT NULL,
        value bytea NOT NULL,
        size integer NOT NULL,
        at timestamptz NOT NULL,
        expires timestamptz NOT NULL,
        seq bigint NOT NULL DEFAULT nextval('plano_entry_seq')
    )
    """,
    "ALTER SEQUENCE plano_entry_seq OWNED BY plano_entry.seq",
    "CREATE INDEX plano_entry_by_age ON plano_entry (kind, seq) INCLUDE (size)",
    "CREATE INDEX plano_entry_by_owner ON plano_entry (owner, seq)",
    "CREATE INDEX plano_entry_by_end ON plano_entry (expires) WHERE expires < 'infinity'",
)

Migrations = Sequence[Sequence[str]]
MIGRATIONS: Final[Migrations] = (_ENTRIES,)
"""The statements of each step; how many steps there are is the version of the tables."""

_LOCK: Final = 0x504C414E4F
"""``PLANO``: the advisory lock of whoever makes a step."""


async def migrate(connection: Connection, migrations: Migrations = MIGRATIONS) -> None:
    """Make the steps that are missing; whoever comes second waits, and finds them made.

    Raises `StoreRefused` for tables of a later version, and what asyncpg raises. Nothing is half done then,
    once the connection has ended.
    """
    if await _version(connection) == len(migrations):
        return  # the usual case, which needs no right to make tables
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    version = await _version(connection)
    if version > len(migrations):
        raise StoreRefused(f"the tables are of a later version ({version})")
    if version == 0:
        await connection.execute("CREATE TABLE plano_schema (version integer PRIMARY KEY, at timestamptz)")
    for number, statements in enumerate(migrations[version:], version + 1):
        for statement in statements:
            await connection.execute(statement)
        await connection.execute("INSERT INTO plano_schema VALUES ($1, now())", number)
    await transaction.commit()


async def _version(connection: Connection) -> int:
    if await connection.fetchval("SELECT to_regclass('plano_schema')") is None:
        return 0
    version: int = await connection.fetchval("SELECT coalesce(max(version), 0) FROM plano_schema")
    return version
