"""The back ends that the conformance tests are run against: each as the real thing.

A further one is a function here and a row in `BACK_ENDS`.
"""

import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from redis.asyncio import Redis

from extproc.state.rooms import Rooms
from extproc.state.store import Store
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.postgres import open_postgres
from extproc.state.stores.redis import open_redis
from extproc.state.stores.sqlite import open_sqlite
from tests.state.stores import servers


@dataclass
class Clock:
    """Shows the time that it is set to."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Opened:
    """A store, empty, and the time that it lives in."""

    store: Store
    later: Callable[[float], Awaitable[None]]
    """Lets seconds pass, in which nothing happens."""
    now: Callable[[], float]
    again: Callable[[], Awaitable[Store]] | None = None
    """Opens the same entries once more, as another process would; ``None``: nobody else can."""


Opening = Callable[[Path, Rooms], AbstractAsyncContextManager[Opened]]


@asynccontextmanager
async def memory(_: Path, rooms: Rooms) -> AsyncIterator[Opened]:
    clock = Clock()
    store = MemoryStore(rooms, clock)
    yield Opened(store, _moved(clock), clock)
    await store.close()


@asynccontextmanager
async def sqlite(folder: Path, rooms: Rooms) -> AsyncIterator[Opened]:
    clock = Clock()
    async with contextlib.AsyncExitStack() as stack:

        async def open_once_more() -> Store:
            store = await open_sqlite(folder / "deep" / "state.db", rooms, clock)
            stack.push_async_callback(store.close)
            return store

        yield Opened(await open_once_more(), _moved(clock), clock, open_once_more)


def _moved(clock: Clock) -> Callable[[float], Awaitable[None]]:
    async def later(seconds: float) -> None:
        clock.now += seconds

    return later


@asynccontextmanager
async def redis(_: Path, rooms: Rooms) -> AsyncIterator[Opened]:
    url = servers.valkey().url
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(Redis.from_url(url))
        await client.flushall()

        async def later(seconds: float) -> None:
            """Whatever has a time to live has so much less of it left."""
            for key in await client.keys("plano:1:*:entry:*"):
                left = await client.pttl(key)
                if left >= 0:
                    await client.pexpire(key, left - round(seconds * 1000))
            for expiry in await client.keys("plano:1:*:expiry"):
                for member in await client.zrange(expiry, 0, -1):
                    await client.zincrby(expiry, -seconds * 1000, member)

        async def open_once_more() -> Store:
            store = await open_redis(url, rooms)
            stack.push_async_callback(store.close)
            return store

        yield Opened(await open_once_more(), later, time.time, open_once_more)


_CLOCK: Final = """
    CREATE SCHEMA {schema};
    CREATE TABLE {schema}.lapse (seconds float8);
    CREATE FUNCTION {schema}.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
        'SELECT pg_catalog.clock_timestamp()
             + (SELECT coalesce(sum(seconds), 0) FROM {schema}.lapse) * interval ''1 second''';
"""
_schemas = itertools.count()


@asynccontextmanager
async def postgres(_: Path, rooms: Rooms) -> AsyncIterator[Opened]:
    """Each time in a schema of its own, with a clock that can be put forward."""
    schema, lapsed = f"test_{next(_schemas)}", Clock(0.0)
    server = servers.postgres().url
    url = f"{server}?search_path={schema},pg_catalog"
    async with contextlib.AsyncExitStack() as stack:
        connection = await asyncpg.connect(server)
        stack.push_async_callback(connection.close)
        await connection.execute(_CLOCK.format(schema=schema))

        async def later(seconds: float) -> None:
            lapsed.now += seconds
            await connection.execute(f"INSERT INTO {schema}.lapse VALUES ($1)", seconds)

        async def open_once_more() -> Store:
            store = await open_postgres(url, rooms)
            stack.push_async_callback(store.close)
            return store

        yield Opened(await open_once_more(), later, lambda: time.time() + lapsed.now, open_once_more)


BACK_ENDS: Mapping[str, Opening] = {
    "memory": memory,
    "postgres": postgres,
    "redis": redis,
    "sqlite": sqlite,
}
