"""Entries in PostgreSQL, which several services may share.

A call that fails may have happened: nothing is sent twice, for the second `add` would find the first. Who
waits for how long is the caller's to say (`extproc.state.stores.watched`). A connection on which anything
went wrong is given up, not mended: a server that does not answer does not answer to a cancellation either.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, Final, TypeVar

import asyncpg

from extproc.limits import STATE_CONNECTIONS_MAX, STATE_STORE_S
from extproc.state.rooms import Rooms
from extproc.state.store import Entry, StoreUnavailable
from extproc.state.stores.address import Address, StoreRefused
from extproc.state.stores.postgres_room import Trimmer
from extproc.state.stores.postgres_schema import MIGRATIONS, Connection, Migrations, migrate

log = logging.getLogger(__name__)

_T = TypeVar("_T")

SCHEMES: Final = ("postgresql", "postgres")

_FAULTS: Final = (
    *(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError),
    *(OSError, ValueError),
)
_REFUSALS: Final = (
    ValueError,  # the URL has options that asyncpg cannot read
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
    ssl.SSLCertVerificationError,
)
"""The server's last word: a wrong password, a right or database that is not there, no trust."""

_MIGRATION_S: Final = 60.0
"""Time that the tables have to be made or changed, all other services' turns included."""

_GET: Final = "SELECT value FROM plano_entry WHERE name = $1 AND expires > clock_timestamp()"
_WRITE: Final = """
    INSERT INTO plano_entry AS old (name, owner, kind, tenant, key, value, size, at, expires)
    VALUES ($1, $2, $3, $4, $5, $6::bytea, octet_length($6::bytea), clock_timestamp(),
            coalesce(clock_timestamp() + $7::float8 * interval '1 second', 'infinity'))
    ON CONFLICT (name) DO UPDATE SET
        value = excluded.value, size = excluded.size, at = excluded.at, expires = excluded.expires,
        seq = excluded.seq
"""
_PUT: Final = f"{_WRITE} RETURNING true"
_ADD: Final = f"{_WRITE} WHERE old.expires <= clock_timestamp() RETURNING true"
_DELETE: Final = "DELETE FROM plano_entry WHERE name = $1 RETURNING expires > clock_timestamp()"
_NEWEST: Final = """
    SELECT tenant, key, value, extract(epoch FROM at)::float8 FROM plano_entry
    WHERE {whose} = $1 AND at >= to_timestamp($2) AND expires > clock_timestamp()
    ORDER BY seq DESC LIMIT $3
"""
_NEWEST_OF_KIND: Final = _NEWEST.format(whose="kind")
_NEWEST_OF_OWNER: Final = _NEWEST.format(whose="owner")


class PostgresStore:
    """See `Store`; made by `open_postgres`."""

    def __init__(self, address: Address, rooms: Rooms, migrations: Migrations = MIGRATIONS) -> None:
        self._address = address
        self._trimmer = Trimmer(rooms)
        self._migrations = migrations
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening: asyncio.Task[None] | None = None

    async def connect(self, deadline_s: float) -> None:
        """See that the server is there, lets us in and has our tables; raises `StoreUnavailable`."""
        try:
            async with asyncio.timeout(deadline_s):
                await self._on(_asked)
        except TimeoutError:
            raise StoreUnavailable(self._address.say(f"no answer within {deadline_s:g} s")) from None

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """See `Store`."""
        name = _digest(kind, tenant, key)
        value: bytes | None = await self._on(lambda connection: connection.fetchval(_GET, name))
        return value

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store`."""
        await self._write(_PUT, kind, tenant, key, value, ttl_s)

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store`."""
        return await self._write(_ADD, kind, tenant, key, value, ttl_s)

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store`."""
        name = _digest(kind, tenant, key)
        return bool(await self._on(lambda connection: connection.fetchval(_DELETE, name)))

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """See `Store`."""
        statement, whose = (
            (_NEWEST_OF_KIND, kind) if tenant is None else (_NEWEST_OF_OWNER, _digest(kind, tenant))
        )
        rows = await self._on(lambda connection: connection.fetch(statement, whose, since, limit))
        return [Entry(*row) for row in rows]

    async def close(self) -> None:
        """See `Store`."""
        if self._opening is not None:
            self._opening.cancel()
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(STATE_STORE_S):
                await self._pool.close()
        except (*_FAULTS, TimeoutError) as error:
            log.warning("the postgres store was left without a word: %s", self._address.say(error))

    async def _write(
        self, statement: str, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None
    ) -> bool:
        names = (_digest(kind, tenant, key), _digest(kind, tenant), kind, tenant, key)
        asked = (statement, *names, value, ttl_s)

        async def write(connection: Connection) -> bool:
            if not self._trimmer.is_due(kind, len(value)):
                written = bool(await connection.fetchval(*asked))
                self._trimmer.wrote(kind, len(value))
                return written
            transaction = connection.transaction()
            await transaction.start()
            written = bool(await connection.fetchval(*asked))
            seen = await self._trimmer.trim(connection, kind)
            await transaction.commit()
            self._trimmer.trimmed(kind, seen)
            return written

        return await self._on(write)

    async def _on(self, work: Callable[[Connection], Awaitable[_T]]) -> _T:
        """Do `work` on a connection; raises `StoreUnavailable` for whatever goes wrong there."""
        try:
            return await _lent(await self._opened(), work)
        except StoreRefused as error:
            raise StoreRefused(self._address.say(error)) from error
        except _FAULTS as error:
            refused = isinstance(error, _REFUSALS)
            raise (StoreRefused if refused else StoreUnavailable)(self._address.say(error)) from error

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        """The pool, once the tables are as they should be; who gives up waiting does not stop that."""
        if self._opening is not None:
            with contextlib.suppress(*_FAULTS):  # that try may be as old as the fault
                await asyncio.shield(self._opening)
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._has_opened)
        await asyncio.shield(self._opening)
        assert self._pool is not None
        return self._pool

    async def _open(self) -> None:
        if self._pool is None:
            self._pool = await _pool(self._address)
        async with asyncio.timeout(_MIGRATION_S):
            await _lent(self._pool, lambda connection: migrate(connection, self._migrations))

    def _has_opened(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._opening = None  # the next one tries again


async def open_postgres(url: str, rooms: Rooms, deadline_s: float = STATE_STORE_S) -> PostgresStore:
    """The store at `url`, whether it can be reached within `deadline_s` or later.

    Its tables are made where there are none.

    Raises `StoreRefused` for a URL that cannot be read, for a server that does not let us in, and for tables
    of a later version.
    """
    store = PostgresStore(Address(url, SCHEMES), rooms)
    try:
        await store.connect(deadline_s)
    except StoreRefused:
        await store.close()
        raise
    except StoreUnavailable as error:
        log.warning("the postgres store cannot be reached yet: %s", error)
    return store


async def _pool(address: Address) -> "asyncpg.Pool[asyncpg.Record]":
    settings = {} if "application_name" in address.options else {"application_name": "plano-state"}
    return await asyncpg.create_pool(
        address.url,
        min_size=0,
        max_size=STATE_CONNECTIONS_MAX,
        timeout=STATE_STORE_S,
        reset=_nothing,
        server_settings=settings,
    )


async def _nothing(_: Any) -> None:
    """We leave nothing behind on a connection; to have that made sure of costs a round trip a call."""


async def _asked(connection: Connection) -> None:
    await connection.fetchval("SELECT 1")


async def _lent(pool: "asyncpg.Pool[asyncpg.Record]", work: Callable[[Connection], Awaitable[_T]]) -> _T:
    connection = await pool.acquire()
    try:
        return await work(connection)
    except BaseException:
        with contextlib.suppress(asyncpg.InterfaceError):  # it has ended by itself
            connection.terminate()
        raise
    finally:
        await pool.release(connection)


def _digest(*names: str) -> bytes:
    return sha256("\0".join(names).encode()).digest()
