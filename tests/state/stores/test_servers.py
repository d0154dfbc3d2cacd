"""What is peculiar to stores that live in a server: it may die, hang, be shared, or say no.

On uvloop, as the service is.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import quote

import asyncpg
import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from extproc.limits import STATE_CONNECTIONS_MAX, STATE_NAME_CHARS_MAX
from extproc.state.rooms import Room, Rooms
from extproc.state.store import Store, StoreUnavailable
from extproc.state.stores.address import StoreRefused
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.postgres import open_postgres
from extproc.state.stores.redis import open_redis
from extproc.state.stores.watched import WatchedStore
from tests.state.stores import servers
from tests.state.stores.wire import wire_to

T = TypeVar("T")

DEADLINE_S: Final = 0.3
SLACK_S: Final = 3.0
"""What a busy machine may add; to wait for a server that hangs would take for ever."""


class Open(Protocol):
    async def __call__(self, url: str, rooms: Rooms, deadline_s: float = ..., /) -> Store: ...


@dataclass(frozen=True)
class Kind:
    """A kind of server, with nothing in it yet."""

    server: servers.Server
    url: str
    open_: Open
    connections: Callable[[], Awaitable[int]]
    """How many there are, those of the test itself left out."""

    def at(self, port: int) -> str:
        """The URL with another port."""
        return self.url.replace(f":{self.server.port}/", f":{port}/")

    @asynccontextmanager
    async def opened(self, url: str | None = None, rooms: Rooms | None = None) -> AsyncIterator[Store]:
        store = await self.open_(url or self.url, rooms or {})
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def redis() -> AsyncIterator[Kind]:
    server = servers.valkey()
    async with Redis.from_url(server.url) as client:
        await client.flushall()

    async def connections() -> int:
        async with Redis.from_url(server.url) as client:
            return len(await client.client_list()) - 1

    yield Kind(server, server.url, open_redis, connections)


_schemas = itertools.count()


@asynccontextmanager
async def postgres() -> AsyncIterator[Kind]:
    server, schema = servers.postgres(), f"servers_{next(_schemas)}"
    connection = await asyncpg.connect(server.url)
    await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.close()

    async def connections() -> int:
        connection = await asyncpg.connect(server.url)
        counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'plano-state'"
        number: int = await connection.fetchval(counted)
        await connection.close()
        return number

    yield Kind(server, f"{server.url}?search_path={schema}", open_postgres, connections)


KINDS: Final[Mapping[str, Callable[[], contextlib.AbstractAsyncContextManager[Kind]]]] = {
    "postgres": postgres,
    "redis": redis,
}


@dataclass(frozen=True)
class With:
    """Runs a coroutine with a kind of server."""

    name: str

    def __call__(self, use: Callable[[Kind], Awaitable[T]]) -> T:
        async def run() -> T:
            async with KINDS[self.name]() as kind:
                return await use(kind)

        return uvloop.run(run())


@pytest.fixture(params=sorted(KINDS))
def with_kind(request: pytest.FixtureRequest) -> With:
    return With(request.param)


def test_what_was_acknowledged_is_there_after_the_server_was_killed(with_kind: With) -> None:
    """And the store finds back to it by itself; meanwhile it says that it cannot."""

    async def use(kind: Kind) -> list[object]:
        async with kind.opened() as store:
            await store.put("k", "", "a", b"1", None)
            await asyncio.to_thread(kind.server.kill)
            with pytest.raises(StoreUnavailable):
                await store.get("k", "", "a")
            kind.server.start()
            return [await store.get("k", "", "a"), await store.add("k", "", "b", b"2", None)]

    assert [b"1", True] == with_kind(use)


def test_a_server_that_restarts_between_two_calls_fails_neither(with_kind: With) -> None:
    async def use(kind: Kind) -> bytes | None:
        async with kind.opened() as store:
            await store.put("k", "", "a", b"1", None)
            await asyncio.to_thread(kind.server.kill)
            kind.server.start()
            return await store.get("k", "", "a")

    assert b"1" == with_kind(use)


def test_a_server_that_is_not_there_yet_is_found_when_it_is(with_kind: With) -> None:
    """A service may start before its server does."""

    async def use(kind: Kind) -> bool:
        await asyncio.to_thread(kind.server.kill)
        async with kind.opened() as store:
            with pytest.raises(StoreUnavailable):
                await store.get("k", "", "a")
            kind.server.start()
            return await store.add("k", "", "a", b"1", None)

    assert with_kind(use)


def test_a_server_that_hangs_costs_each_call_its_deadline_and_nothing_later(with_kind: With) -> None:
    """More calls than there are connections, so that each of these hangs at least once."""

    async def use(kind: Kind) -> tuple[bool, bytes | None]:
        async with wire_to(kind.server.port) as wire, kind.opened(kind.at(wire.port)) as store:
            watched = WatchedStore("any", store, DEADLINE_S)
            await store.put("k", "", "a", b"1", None)
            wire.stall()
            began = time.monotonic()
            calls = [watched.get("k", "", "a") for _ in range(STATE_CONNECTIONS_MAX + 4)]
            problems = await asyncio.gather(*calls, return_exceptions=True)
            took = time.monotonic() - began
            wire.resume()
            in_time = took < DEADLINE_S + SLACK_S
            unavailable = all(isinstance(problem, StoreUnavailable) for problem in problems)
            return in_time and unavailable, await store.get("k", "", "a")

    assert (True, b"1") == with_kind(use)


def test_a_write_that_hangs_is_unavailable_in_time_too(with_kind: With) -> None:
    """One that is a transaction of several statements among them: the first of a kind."""

    async def use(kind: Kind) -> bool:
        async with wire_to(kind.server.port) as wire, kind.opened(kind.at(wire.port)) as store:
            watched = WatchedStore("any", store, DEADLINE_S)
            await store.get("k", "", "a")
            wire.stall()
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    await watched.put("k", "", "a", b"1", None)
            wire.resume()
            await store.put("k", "", "a", b"2", None)
            return await store.get("k", "", "a") == b"2"

    assert with_kind(use)


def test_a_server_that_hangs_from_the_start_is_waited_for_no_longer_than_a_call(with_kind: With) -> None:
    async def use(kind: Kind) -> tuple[bool, bool]:
        async with wire_to(kind.server.port) as wire:
            wire.stall()
            began = time.monotonic()
            store = await kind.open_(kind.at(wire.port), {}, DEADLINE_S)
            took = time.monotonic() - began
            wire.resume()
            added = await store.add("k", "", "a", b"1", None)
            await store.close()
            return took < DEADLINE_S + SLACK_S, added

    assert (True, True) == with_kind(use)


def test_nothing_is_sent_twice(with_kind: With) -> None:
    """An `add` whose answer is lost has happened: sent again it would find itself, and nobody had won."""

    async def use(kind: Kind) -> list[object]:
        async with wire_to(kind.server.port) as wire, kind.opened(kind.at(wire.port)) as store:
            await store.add("k", "", "other", b"", None)
            wire.lose_answers()
            with pytest.raises(StoreUnavailable):
                await store.add("k", "", "a", b"1", None)
            entries = [entry.key for entry in await store.newest("k", "", 0.0, 9)]
            return [entries, await store.add("k", "", "a", b"2", None), await store.get("k", "", "a")]

    assert [["a", "other"], False, b"1"] == with_kind(use)


def test_there_are_no_more_connections_than_allowed(with_kind: With) -> None:
    """Whoever comes when all are taken waits for one."""

    async def use(kind: Kind) -> tuple[int, int]:
        async with kind.opened() as store:
            adding = [store.add("k", "", str(number), b"x" * 1000, None) for number in range(100)]
            added = await asyncio.gather(*adding)
            return added.count(True), await kind.connections()

    added, connections = with_kind(use)
    assert 100 == added
    assert 1 < connections <= STATE_CONNECTIONS_MAX


SERVICE: Final = """
import asyncio, importlib, sys

async def main(name, url, me):
    module = importlib.import_module(f"extproc.state.stores.{name}")
    store = await getattr(module, f"open_{name}")(url, {})
    number = 0
    while True:
        won = await store.add("k", "", str(number), me.encode(), None)
        print(number, int(won), flush=True)
        number += 1

asyncio.run(main(*sys.argv[1:]))
"""


@contextmanager
def service(name: str, url: str, me: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE, name, url, me], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: "subprocess.Popen[str]", lines: int) -> dict[int, bool]:
    """What it has told in so many lines, and then until it was killed: which it has won, which not."""
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(lines)]
    os.kill(process.pid, signal.SIGKILL)
    whole = [line for line in (*first, *process.stdout) if line.endswith("\n")]
    return {int(number): won == "1" for number, won in (line.split() for line in whole)}


def test_nothing_is_lost_or_answered_twice_when_one_of_two_services_dies(with_kind: With) -> None:
    """Both take what they can get, one is killed in the middle of it, the other goes on."""

    async def use(kind: Kind) -> tuple[list[int], list[int]]:
        with service(with_kind.name, kind.url, "A") as one, service(with_kind.name, kind.url, "B") as other:
            by_one = await asyncio.to_thread(told, one, 40)
            by_other = await asyncio.to_thread(told, other, max(by_one) + 20)
        async with kind.opened() as store:
            kept = {number: await store.get("k", "", str(number)) for number in by_one | by_other}
        twice = [number for number, won in by_other.items() if won and by_one.get(number)]
        lost = [number for number, won in by_one.items() if kept[number] != (b"A" if won else b"B")]
        lost += [number for number, won in by_other.items() if kept[number] != (b"B" if won else b"A")]
        return twice, lost

    assert ([], []) == with_kind(use)


def test_names_may_be_as_long_as_names_may_be(with_kind: With) -> None:
    """In characters of four bytes each, which no index of PostgreSQL would take."""
    longest = "".join(chr(0x1F300 + number) for number in range(STATE_NAME_CHARS_MAX))

    async def use(kind: Kind) -> tuple[bytes | None, list[str]]:
        async with kind.opened() as store:
            await store.put("k", longest, longest, b"1", None)
            found = await store.newest("k", longest, 0.0, 9)
            return await store.get("k", longest, longest), [entry.key for entry in found]

    assert (b"1", [longest]) == with_kind(use)


def test_many_are_listed_whole(with_kind: With) -> None:
    """More than are asked of the server at once."""

    async def use(kind: Kind) -> tuple[list[str], list[str]]:
        async with kind.opened() as store:
            for number in range(230):
                await store.put("k", "", str(number), b"", None)
            found = await store.newest("k", None, 0.0, 1000), await store.newest("k", "", 0.0, 150)
            everything, some = ([entry.key for entry in entries] for entries in found)
            return everything, some

    names = [str(number) for number in reversed(range(230))]
    assert (names, names[:150]) == with_kind(use)


def test_an_entry_expires_by_the_servers_own_clock(with_kind: With) -> None:
    """Nobody has to ask for it, or to write anything."""

    async def use(kind: Kind) -> bool:
        async with kind.opened() as store:
            await store.put("k", "", "a", b"1", 0.05)
            there = await store.get("k", "", "a") == b"1"
            async with asyncio.timeout(10.0):
                while await store.get("k", "", "a") is not None:
                    pass
            return there

    assert with_kind(use)


KEYS = st.sampled_from("abcde")
CALLS = st.one_of(
    st.tuples(st.sampled_from(["put", "add"]), st.sampled_from(["", "t"]), KEYS, st.binary(max_size=12)),
    st.tuples(st.sampled_from(["delete", "get"]), st.sampled_from(["", "t"]), KEYS),
    st.tuples(st.just("newest"), st.sampled_from(["", "t", None])),
)


@settings(max_examples=15, deadline=None)
@given(calls=st.lists(CALLS, max_size=20))
@pytest.mark.parametrize("name", sorted(KINDS))
def test_any_calls_have_the_results_that_they_have_in_memory(
    name: str, calls: list[tuple[object, ...]]
) -> None:
    """Room for four entries and thirty bytes."""
    rooms = {"k": Room(4, 30)}

    async def results(store: Store) -> list[object]:
        found: list[object] = []
        for what, *how in calls:
            if what == "newest":
                [tenant] = how
                entries = await store.newest("k", tenant, 0.0, 3)
                found.append([(entry.tenant, entry.key, entry.value) for entry in entries])
            else:
                arguments = [*how, None] if what in {"put", "add"} else how
                found.append(await getattr(store, str(what))("k", *arguments))
        return found

    async def use(kind: Kind) -> list[object]:
        async with kind.opened(rooms=rooms) as store:
            return await results(store)

    assert asyncio.run(results(MemoryStore(rooms))) == With(name)(use)


def test_a_wrong_password_is_refused_at_once(with_kind: With) -> None:
    """To wait does not help, and nobody reads in a log what the password was."""

    async def use(kind: Kind) -> str:
        url = kind.url.replace(quote(servers.PASSWORD, safe=""), "hunter2%40home")
        with pytest.raises(StoreRefused) as caught:
            await kind.open_(url, {})
        return str(caught.value)

    said = with_kind(use)
    assert "hunter2" not in said
    assert "password" in said
