"""What is peculiar to Valkey and Redis: what lies in the server, who may do it, and what it says no to."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from extproc.state.rooms import Room, Rooms
from extproc.state.store import StoreUnavailable
from extproc.state.stores.address import StoreRefused
from extproc.state.stores.redis import RedisStore, open_redis
from extproc.state.stores.redis_layout import Layout, member, named
from tests.state.stores import servers

T = TypeVar("T")


@asynccontextmanager
async def opened(url: str, rooms: Rooms) -> AsyncIterator[tuple[RedisStore, Redis]]:
    """A store and another client of its server, which has nothing in it."""
    async with Redis.from_url(url, decode_responses=True) as client:
        await client.flushall()
        store = await open_redis(url, rooms)
        try:
            yield store, client
        finally:
            await store.close()


def run(
    use: Callable[[RedisStore, Redis], Awaitable[T]], rooms: Rooms | None = None, url: str | None = None
) -> T:
    async def once() -> T:
        async with opened(url or servers.valkey().url, rooms or {}) as (store, client):
            return await use(store, client)

    return asyncio.run(once())


@pytest.fixture
def own_server() -> Iterator[servers.Server]:
    """For a test that would leave its traces."""
    server = servers.start_valkey()
    yield server
    server.end()


async def names(client: Redis) -> list[str]:
    return sorted(await client.keys("*"))


def test_what_lies_in_the_server_can_be_read() -> None:
    """The names are for people, too; kinds and tenants cannot be taken for anything else."""

    async def use(store: RedisStore, client: Redis) -> tuple[list[str], str | None]:
        await store.put("turn", "acme/eu", "a:b", b"value", 60.0)
        return await names(client), await client.hget("plano:1:{turn}:entry:acme%2Feu/a:b", "value")

    keys = ["entry:acme%2Feu/a:b", "expiry", "order", "order:acme%2Feu", "sizes"]
    assert ([f"plano:1:{{turn}}:{key}" for key in keys], "value") == run(use)


def test_nothing_is_left_of_what_was_deleted() -> None:
    """But the two numbers of the kind."""

    async def use(store: RedisStore, client: Redis) -> tuple[list[str], dict[str, str]]:
        await store.put("k", "t", "a", b"value", 60.0)
        await store.delete("k", "t", "a")
        return await names(client), await client.hgetall("plano:1:{k}:sizes")

    assert (["plano:1:{k}:sizes"], {"bytes": "0", "written": "1"}) == run(use)


def test_what_has_expired_leaves_its_room_to_others() -> None:
    """The server tells when it has expired; the next write takes its name away."""

    async def use(store: RedisStore, client: Redis) -> tuple[list[str], str | None]:
        await client.config_set("notify-keyspace-events", "Ex")
        async with client.pubsub() as events:
            await events.psubscribe("__keyevent@0__:expired")
            await store.put("k", "", "short", b"123", 0.02)
            await store.put("k", "", "long", b"12345", 60.0)
            async with asyncio.timeout(10.0):
                async for event in events.listen():
                    if event["type"] == "pmessage":
                        break
        await store.put("k", "", "new", b"1234567", None)
        await client.config_set("notify-keyspace-events", "")
        return await client.zrange("plano:1:{k}:order", 0, -1), await client.hget(
            "plano:1:{k}:sizes", "bytes"
        )

    assert (["/long", "/new"], "12") == run(use)


def test_expired_entries_go_before_living_ones() -> None:
    """Those that have expired do not push others out, though they were written later."""

    async def use(store: RedisStore, client: Redis) -> list[str]:
        await store.put("k", "", "old", b"", None)
        await store.put("k", "", "short", b"", 60.0)
        await client.pexpire("plano:1:{k}:entry:/short", 0)
        await client.zadd("plano:1:{k}:expiry", {"/short": 1})
        await store.put("k", "", "new", b"", None)
        return [entry.key for entry in await store.newest("k", "", 0.0, 9)]

    assert ["new", "old"] == run(use, {"k": Room(entries_max=2)})


def test_a_smaller_room_is_made_in_steps() -> None:
    """A config with less room meets a server with many entries: one write does not hold it up for all."""

    async def use(store: RedisStore, client: Redis) -> list[int]:
        async with client.pipeline(transaction=False) as pipeline:
            for number in range(1500):
                pipeline.hset(f"plano:1:{{k}}:entry:/{number}", mapping={"value": "", "at": "1.0"})
                pipeline.zadd("plano:1:{k}:order", {f"/{number}": number - 5000})
            await pipeline.execute()
        left = []
        for key in ("a", "b"):
            await store.put("k", "", key, b"", None)
            left.append(await client.zcard("plano:1:{k}:order"))
        return left

    assert [501, 2] == run(use, {"k": Room(entries_max=2)})


def test_a_server_without_memory_is_told_and_nothing_is_half_written(own_server: servers.Server) -> None:
    """What there is can still be read and deleted."""

    async def use(store: RedisStore, client: Redis) -> tuple[list[bytes | None], list[bool]]:
        await store.put("k", "", "a", b"1", None)
        before = await names(client)
        await client.config_set("maxmemory", "1")
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            await store.put("k", "", "b", b"2", None)
        found = [await store.get("k", "", key) for key in ("a", "b")]
        same = await names(client) == before
        deleted = await store.delete("k", "", "a")
        await client.config_set("maxmemory", "0")
        await store.put("k", "", "b", b"3", None)
        return [*found, await store.get("k", "", "b")], [same, deleted]

    assert ([b"1", None, b"3"], [True, True]) == run(use, url=own_server.url)


def test_a_replica_is_left_for_whatever_the_name_leads_to_next(own_server: servers.Server) -> None:
    """The primary that was failed over says READONLY; its connections are given up."""

    async def connections(client: Redis) -> set[str]:
        return {str(other["id"]) for other in await client.client_list() if other["cmd"] != "client|list"}

    async def use(store: RedisStore, client: Redis) -> tuple[bool, bool]:
        await store.put("k", "", "a", b"1", None)
        before = await connections(client)
        await client.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(StoreUnavailable, match="read only"):
            await store.put("k", "", "a", b"2", None)
        await client.execute_command("REPLICAOF", "NO", "ONE")
        await store.put("k", "", "a", b"3", None)
        return before.isdisjoint(await connections(client)), await store.get("k", "", "a") == b"3"

    assert (True, True) == run(use, url=own_server.url)


MANUAL = Path(__file__).parents[3] / "docs" / "state-stores.md"


def test_an_account_needs_no_more_rights_than_the_manual_says() -> None:
    """In a database of its own; with one right less it is refused."""

    async def all_calls(store: RedisStore) -> list[object]:
        return [
            await store.put("k", "t", "a", b"1", 60.0),
            await store.add("k", "t", "a", b"2", None),
            await store.get("k", "t", "a"),
            [entry.key for entry in await store.newest("k", None, 0.0, 9)],
            await store.delete("k", "t", "a"),
        ]

    async def use(_: RedisStore, client: Redis) -> list[object]:
        [rule] = re.findall(r"^ACL SETUSER (.*?)^```$", MANUAL.read_text(), re.DOTALL | re.MULTILINE)
        await client.execute_command("ACL", "SETUSER", *rule.replace(">PASSWORD", ">secret").split())
        store = await open_redis(f"redis://plano:secret@127.0.0.1:{servers.valkey().port}/3", {})
        results = await all_calls(store)
        await client.execute_command("ACL", "SETUSER", "plano", "-hget")
        with pytest.raises(StoreRefused, match="permission"):
            await store.get("k", "t", "a")
        await store.close()
        await client.execute_command("ACL", "DELUSER", "plano")
        return results

    assert [None, False, b"1", ["a"], True] == run(use)


def test_scripts_are_told_to_a_server_that_has_forgotten_them() -> None:
    """As one that has restarted."""

    async def use(store: RedisStore, client: Redis) -> bool:
        await store.put("k", "", "a", b"1", None)
        await client.script_flush()
        return await store.add("k", "", "b", b"1", None)

    assert run(use)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://cache:6379", "the URL of the store does not read as"),
        ("redis://:p@ss@cache/0", "in a password, write @ as %40"),
        ("redis://cache:port/0", "the URL of the store does not read as"),
        ("redis://cache/zero", "redis://cache/zero: what follows the host is the number of a database"),
        (
            "redis://cache/0?max_connections=1",
            "redis://cache/0: there is no option max_connections, only db, ",
        ),
        (
            "rediss://cache/0?ssl_check_hostname=perhaps",
            "the option ssl_check_hostname cannot have that value",
        ),
        ("rediss://cache/0?ssl_cert_reqs=some", "the option ssl_cert_reqs cannot have that value"),
    ],
)
def test_a_url_that_cannot_be_right_is_refused(url: str, said: str) -> None:
    with pytest.raises(StoreRefused, match=said):
        asyncio.run(open_redis(url, {}))


def test_a_database_that_is_not_there_is_refused() -> None:
    url = servers.valkey().url.removesuffix("/0") + "/99"

    with pytest.raises(StoreRefused, match="DB index"):
        asyncio.run(open_redis(url, {}))


@pytest.mark.parametrize("scheme", ["redis", "valkey"])
def test_valkey_may_be_called_by_its_name(scheme: str) -> None:
    async def use() -> bool:
        store = await open_redis(servers.valkey().url.replace("redis", scheme), {})
        try:
            return await store.get("k", "", "nothing") is None
        finally:
            await store.close()

    assert asyncio.run(use())


NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(tenant=NAMES, key=NAMES.filter(bool))
def test_names_come_back(tenant: str, key: str) -> None:
    assert (tenant, key) == named(member(tenant, key).encode())


@given(st.lists(st.tuples(NAMES, NAMES, NAMES.filter(bool)), min_size=2, max_size=2, unique=True))
def test_different_entries_lie_at_different_keys(entries: list[tuple[str, str, str]]) -> None:
    """And none lies where something else of a kind is."""
    (kind, tenant, key), (other_kind, other_tenant, other_key) = entries

    entry = Layout(kind).entry(tenant, key)
    others = Layout(other_kind).keys(other_tenant, other_key)

    assert entry not in others
