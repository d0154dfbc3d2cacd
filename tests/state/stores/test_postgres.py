"""What is peculiar to PostgreSQL: its tables, who makes them, and how room is kept."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

import asyncpg
import pytest

from extproc.limits import STATE_CONNECTIONS_MAX, STATE_STORE_S
from extproc.state.rooms import Room
from extproc.state.store import Store, StoreUnavailable
from extproc.state.stores.address import Address, StoreRefused
from extproc.state.stores.postgres import SCHEMES, PostgresStore, open_postgres
from extproc.state.stores.postgres_schema import MIGRATIONS, Migrations
from tests.state.stores import servers

T = TypeVar("T")

_schemas = itertools.count()

ADDED: Final[Migrations] = (*MIGRATIONS, ("ALTER TABLE plano_entry ADD COLUMN note text",))
BROKEN: Final[Migrations] = (
    *MIGRATIONS,
    ("CREATE TABLE plano_half (x int)", "CREATE TABLE plano_half (x int)"),
)


@asynccontextmanager
async def schema() -> AsyncIterator[tuple[str, "asyncpg.Connection[asyncpg.Record]"]]:
    """The URL of an empty schema, and a connection that looks into it."""
    name = f"postgres_{next(_schemas)}"
    connection = await asyncpg.connect(servers.postgres().url)
    try:
        await connection.execute(f"CREATE SCHEMA {name}; SET search_path = {name}")
        yield f"{servers.postgres().url}?search_path={name}", connection
    finally:
        await connection.close()


def run(use: Callable[[str, "asyncpg.Connection[asyncpg.Record]"], Awaitable[T]]) -> T:
    async def once() -> T:
        async with schema() as (url, connection):
            return await use(url, connection)

    return asyncio.run(once())


@asynccontextmanager
async def opened(url: str, **rooms: Room) -> AsyncIterator[PostgresStore]:
    store = await open_postgres(url, rooms)
    try:
        yield store
    finally:
        await store.close()


async def migrated(url: str, migrations: Migrations) -> PostgresStore:
    store = PostgresStore(Address(url, SCHEMES), {}, migrations)
    try:
        await store.connect(STATE_STORE_S)
    except BaseException:
        await store.close()
        raise
    return store


async def close_all(stores: Sequence[Store]) -> None:
    await asyncio.gather(*(store.close() for store in stores))


def test_services_that_start_at_once_make_the_tables_once() -> None:
    """None of them fails, none of them waits for good."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[list[int], list[bool]]:
        stores = await asyncio.gather(*(open_postgres(url, {}) for _ in range(6)))
        added = [await store.add("k", "", "a", b"", None) for store in stores]
        await close_all(stores)
        rows = await connection.fetch("SELECT version FROM plano_schema")
        return [row[0] for row in rows], added

    assert ([1], [True, *[False] * 5]) == run(use)


def test_tables_are_brought_to_the_next_version_while_the_one_before_is_at_work() -> None:
    """What is there stays, both go on."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> list[object]:
        before = await migrated(url, MIGRATIONS)
        await before.put("k", "", "a", b"1", None)
        after = await migrated(url, ADDED)
        await before.put("k", "", "b", b"2", None)
        found = [await after.get("k", "", "a"), await after.get("k", "", "b"), await before.get("k", "", "a")]
        await close_all([before, after])
        return [*found, await connection.fetchval("SELECT max(version) FROM plano_schema")]

    assert [b"1", b"2", b"1", 2] == run(use)


def test_tables_of_a_later_version_are_refused() -> None:
    """A service that was rolled back does not write what the newer one may not understand."""

    async def use(url: str, _: object) -> None:
        await (await migrated(url, ADDED)).close()
        await open_postgres(url, {})

    with pytest.raises(StoreRefused, match=r"/postgres: the tables are of a later version \(2\)$"):
        run(use)


def test_a_step_that_fails_leaves_nothing_half_done_and_is_tried_again() -> None:
    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> list[object]:
        await (await migrated(url, MIGRATIONS)).close()
        with pytest.raises(StoreUnavailable, match="plano_half"):
            await migrated(url, BROKEN)
        left = await connection.fetchval("SELECT to_regclass('plano_half')")
        store = await migrated(url, ADDED)
        await store.close()
        return [left, await connection.fetchval("SELECT max(version) FROM plano_schema")]

    assert [None, 2] == run(use)


def test_the_tables_of_others_are_left_alone() -> None:
    """Plano's among them, which is in the same database."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[list[str], int]:
        await connection.execute("CREATE TABLE conversation_states (response_id text PRIMARY KEY)")
        await connection.execute("INSERT INTO conversation_states VALUES ('resp_1')")
        async with opened(url) as store:
            await store.put("response", "", "resp_1", b"{}", None)
            await store.delete("response", "", "resp_1")
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        )
        rows = await connection.fetchval("SELECT count(*) FROM conversation_states")
        return [row[0] for row in tables], rows

    assert (["conversation_states", "plano_entry", "plano_schema"], 1) == run(use)


MANUAL: Final = Path(__file__).parents[3] / "docs" / "state-stores.md"


def test_an_account_that_may_make_no_tables_can_use_those_that_are_there() -> None:
    """With the rights of the manual; in an empty schema it is refused."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> list[object]:
        name = await connection.fetchval("SELECT current_schema()")
        await connection.execute("CREATE ROLE clerk LOGIN PASSWORD 'secret'")
        await connection.execute(f"GRANT USAGE ON SCHEMA {name} TO clerk")
        theirs = url.replace(f"plano:{quote(servers.PASSWORD, safe='')}@", "clerk:secret@")
        with pytest.raises(StoreRefused, match="permission denied for schema"):
            await open_postgres(theirs, {})
        await (await open_postgres(url, {})).close()
        [grants] = re.findall(r"^```sql\n(.*?)^```$", MANUAL.read_text(), re.DOTALL | re.MULTILINE)
        await connection.execute(grants.replace("TO plano;", "TO clerk;"))
        async with opened(theirs) as store:
            found = [
                await store.put("k", "", "a", b"1", None),
                await store.add("k", "", "a", b"2", None),
                await store.get("k", "", "a"),
                [entry.key for entry in await store.newest("k", "", 0.0, 9)],
                await store.delete("k", "", "a"),
            ]
        await connection.execute("DROP OWNED BY clerk; DROP ROLE clerk")
        return found

    assert [None, False, b"1", ["a"], True] == run(use)


def test_a_large_room_is_kept_to_a_hundredth_by_each_service() -> None:
    """And to what is being written: to count at every write would cost too much. The oldest go."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[int, bool]:
        most = 0
        room = Room(entries_max=300)
        async with opened(url, k=room) as one, opened(url, k=room) as other:
            for number in range(0, 700, 20):
                stores = itertools.cycle([one, other])
                wrote = (next(stores).put("k", "", str(number + n), b"", None) for n in range(20))
                await asyncio.gather(*wrote)
                most = max(most, await connection.fetchval("SELECT count(*) FROM plano_entry"))
            left = [int(entry.key) for entry in await one.newest("k", "", 0.0, 1000)]
        return most, min(left) >= 700 - 320

    most, are_the_newest = run(use)
    assert 300 <= most <= 300 + 2 * (3 + STATE_CONNECTIONS_MAX)
    assert are_the_newest


def test_room_by_size_is_looked_after_by_size() -> None:
    """A few that are large are enough."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        async with opened(url, k=Room(entries_max=10_000, bytes_max=10_000)) as store:
            for number in range(30):
                await store.put("k", "", str(number), b"x" * 900, None)
        size: int = await connection.fetchval("SELECT sum(size) FROM plano_entry")
        return size

    assert 9_900 == run(use)


def test_what_has_expired_is_removed_with_the_next_look_at_the_room() -> None:
    """Of whatever kind."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
        async with opened(url, k=Room(entries_max=3)) as store:
            await store.put("other", "", "gone", b"", 60.0)
            await store.put("other", "", "stays", b"", 60.0)
            await connection.execute("UPDATE plano_entry SET expires = now() WHERE key = 'gone'")
            await store.put("k", "", "new", b"", None)
        return [row[0] for row in await connection.fetch("SELECT key FROM plano_entry ORDER BY seq")]

    assert ["stays", "new"] == run(use)


def test_a_write_that_cannot_make_room_has_not_happened() -> None:
    """They are one transaction: who is told that it failed may try again."""

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> list[object]:
        async with opened(url, k=Room(entries_max=1)) as store:
            await store.put("k", "", "a", b"1", None)
            await connection.execute(
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';"
                "CREATE TRIGGER no BEFORE DELETE ON plano_entry EXECUTE FUNCTION no()"
            )
            with pytest.raises(StoreUnavailable, match="no"):
                await store.add("k", "", "b", b"2", None)
            await connection.execute("DROP TRIGGER no ON plano_entry")
            return [await store.get("k", "", "b"), await store.add("k", "", "b", b"3", None)]

    assert [None, True] == run(use)


def test_a_standby_is_left_for_whatever_the_name_leads_to_next() -> None:
    """The primary that was failed over takes no writes; its connections are given up."""

    async def use(url: str, _: object) -> bytes | None:
        async with opened(url) as store:
            await store.put("k", "", "a", b"1", None)
            assert store._pool is not None
            async with store._pool.acquire() as only:
                await only.execute("SET default_transaction_read_only = on")
            with pytest.raises(StoreUnavailable, match="read-only transaction"):
                await store.put("k", "", "a", b"2", None)
            await store.put("k", "", "a", b"3", None)
            return await store.get("k", "", "a")

    assert b"3" == run(use)


def test_a_call_that_the_server_ends_is_told_with_the_servers_reason() -> None:
    """Not with what that led to here. It is ended while it waits for somebody who has the entry in hand."""

    async def waiting(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        async with asyncio.timeout(10.0):
            while (pid := await connection.fetchval("SELECT pid FROM pg_locks WHERE NOT granted")) is None:
                pass
        return int(pid)

    async def use(url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> str:
        async with opened(url) as store:
            await store.put("k", "", "a", b"1", None)
            async with connection.transaction():
                await connection.execute("UPDATE plano_entry SET value = ''")
                put = asyncio.ensure_future(store.put("k", "", "a", b"2", None))
                await connection.execute("SELECT pg_terminate_backend($1)", await waiting(connection))
                with pytest.raises(StoreUnavailable) as caught:
                    await put
            return str(caught.value)

    assert run(use).endswith(": terminating connection due to administrator command")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("host=db user=plano password=secret", "the URL of the store does not read as postgresql"),
        ("postgresql://db/state?sslmode=perhaps", "postgresql://db/state: .*sslmode"),
        ("postgresql://db/state?sslmode", "postgresql://db/state: "),
        (
            "postgresql://db/state?sslmode=verify-full&sslrootcert=",
            "postgresql://db/state: .*root certificate",
        ),
    ],
)
def test_a_url_that_cannot_be_right_is_refused(url: str, said: str) -> None:
    with pytest.raises(StoreRefused, match=said) as caught:
        asyncio.run(open_postgres(url, {}))

    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_is_refused() -> None:
    with pytest.raises(StoreRefused, match='database "nowhere" does not exist'):
        asyncio.run(open_postgres(servers.postgres().url.replace("/postgres", "/nowhere"), {}))
