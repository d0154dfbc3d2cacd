"""Entries in Valkey or Redis, which several services may share.

A call that fails may have happened: nothing is sent twice, for the second `add` would find the first. Who
waits for how long is the caller's to say (`extproc.state.stores.watched`); whoever is cancelled in the middle
gives up the connection, so that nobody reads an answer that is not his.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Mapping
from math import ceil
from typing import Any, Final, TypeVar, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from extproc.limits import STATE_CONNECTIONS_MAX, STATE_STORE_S
from extproc.state.rooms import ROOM, Rooms
from extproc.state.store import Entry, StoreUnavailable
from extproc.state.stores import redis_layout
from extproc.state.stores.address import Address, StoreRefused
from extproc.state.stores.redis_layout import Layout

log = logging.getLogger(__name__)

_T = TypeVar("_T")

SCHEMES: Final[Mapping[str, str]] = {
    "redis": "redis",
    "rediss": "rediss",
    "valkey": "redis",
    "valkeys": "rediss",
    "unix": "unix",
}
"""By what a URL may begin with: what the client calls it."""

_ANY: Final = re.compile(".+")

OPTIONS: Final[Mapping[str, re.Pattern[str]]] = {
    "db": re.compile("[0-9]+"),
    "ssl_ca_certs": _ANY,
    "ssl_cert_reqs": re.compile("required|none"),
    "ssl_certfile": _ANY,
    "ssl_check_hostname": re.compile("true|false"),
    "ssl_keyfile": _ANY,
}
"""What may follow the ``?`` of a URL."""

_STEPS_MAX: Final = 1000
"""Entries that one write removes at most, of those that have expired and of those that are too many: the
server does nothing else meanwhile."""

_PAGE_ENTRIES: Final = 100
"""Entries that are asked for at once where many are listed."""


class RedisStore:
    """See `Store`; made by `open_redis`."""

    def __init__(self, address: Address, rooms: Rooms) -> None:
        self._address = address
        self._rooms = rooms
        self._layouts: dict[str, Layout] = {}
        self._pool = _pool(address)
        self._client = Redis.from_pool(self._pool)
        self._put = self._client.register_script(redis_layout.PUT)
        self._delete = self._client.register_script(redis_layout.DELETE)

    async def connect(self, deadline_s: float) -> None:
        """See that the server is there and lets us in; raises `StoreUnavailable`."""
        try:
            async with asyncio.timeout(deadline_s):
                await self._within(self._client.ping())
        except TimeoutError:
            raise StoreUnavailable(self._address.say(f"no answer within {deadline_s:g} s")) from None

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """See `Store`."""
        entry = self._layout(kind).entry(tenant, key)
        value = await self._within(self._client.hget(entry, "value"))
        assert not isinstance(value, str)  # `decode_responses` is off
        return value

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store`."""
        await self._write(kind, tenant, key, value, ttl_s, only_if_absent=False)

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store`."""
        return await self._write(kind, tenant, key, value, ttl_s, only_if_absent=True)

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store`."""
        layout = self._layout(kind)
        names = [layout.entries, redis_layout.member(tenant, key)]
        return bool(await self._within(self._delete(keys=layout.keys(tenant, key), args=names)))

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """See `Store`. Page by page, so that the server answers others in between."""
        layout = self._layout(kind)
        order, before = layout.order_of(tenant), "+inf"
        found: list[Entry] = []
        while len(found) < limit:
            wanted = min(limit - len(found), _PAGE_ENTRIES)
            page = await self._page(order, before, wanted)
            for entry in await self._within(self._entries(layout, [name for name, _ in page])):
                if entry.at < since:
                    return found
                found.append(entry)
            if len(page) < wanted:
                break
            before = f"({page[-1][1]:.0f}"
        return found

    async def close(self) -> None:
        """See `Store`."""
        try:
            await self._client.aclose()
        except (RedisError, OSError) as error:
            log.warning("the redis store was left without a word: %s", self._address.say(error))

    def _layout(self, kind: str) -> Layout:
        layout = self._layouts.get(kind)
        if layout is None:
            layout = self._layouts[kind] = Layout(kind)
        return layout

    async def _write(
        self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None, *, only_if_absent: bool
    ) -> bool:
        layout, room = self._layout(kind), self._rooms.get(kind, ROOM)
        ttl_ms = "" if ttl_s is None else max(1, ceil(ttl_s * 1000))
        names = [layout.entries, redis_layout.member(tenant, key)]
        rules = [ttl_ms, room.entries_max, room.bytes_max, int(only_if_absent), _STEPS_MAX]
        written = self._put(keys=layout.keys(tenant, key), args=[*names, value, *rules])
        return bool(await self._within(written))

    async def _page(self, order: str, before: str, wanted: int) -> list[tuple[bytes, float]]:
        """Members of an order with their places, the latest first."""
        page = self._client.zrevrangebyscore(order, before, "-inf", start=0, num=wanted, withscores=True)
        return cast("list[tuple[bytes, float]]", await self._within(page))

    async def _entries(self, layout: Layout, members: list[bytes]) -> list[Entry]:
        """Those of `members` that have not expired."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for member in members:
                pipeline.hmget(layout.entries.encode() + member, ["value", "at"])
            answers: list[list[bytes]] = await pipeline.execute()
        return [
            Entry(*redis_layout.named(member), value, float(at))
            for member, (value, at) in zip(members, answers, strict=True)
            if at is not None
        ]

    async def _within(self, call: Awaitable[_T]) -> _T:
        """Raises `StoreUnavailable` for whatever the client raises."""
        try:
            return await call
        except (RedisError, OSError) as error:
            if isinstance(error, ReadOnlyError):
                # What was the primary has become a replica; its name may lead to another server now.
                await self._pool.disconnect(inuse_connections=False)
            refused = _is_refusal(error)
            raise (StoreRefused if refused else StoreUnavailable)(self._address.say(error)) from error


async def open_redis(url: str, rooms: Rooms, deadline_s: float = STATE_STORE_S) -> RedisStore:
    """The store at `url`, whether it can be reached within `deadline_s` or later.

    Raises `StoreRefused` for a URL that cannot be read, and for a server that does not let us in.
    """
    address = Address(url, SCHEMES)
    store = RedisStore(address, rooms)
    try:
        await store.connect(deadline_s)
    except StoreRefused:
        await store.close()
        raise
    except StoreUnavailable as error:
        log.warning("the redis store cannot be reached yet: %s", error)
    return store


def _pool(address: Address) -> BlockingConnectionPool:
    for name, value in address.options.items():
        if name not in OPTIONS:
            raise StoreRefused(f"{address.name}: there is no option {name}, only {', '.join(OPTIONS)}")
        if not OPTIONS[name].fullmatch(value):
            raise StoreRefused(f"{address.name}: the option {name} cannot have that value")
    if address.scheme != "unix" and not re.fullmatch("/?[0-9]*", address.path):
        raise StoreRefused(f"{address.name}: what follows the host is the number of a database")
    try:
        found: dict[str, Any] = dict(parse_url(_renamed(address)))
        return BlockingConnectionPool(
            max_connections=STATE_CONNECTIONS_MAX,
            timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            socket_timeout=None,
            socket_connect_timeout=STATE_STORE_S,
            **found,
        )
    except (ValueError, RedisError) as error:
        raise StoreRefused(address.say(error)) from None


def _renamed(address: Address) -> str:
    return SCHEMES[address.scheme] + address.url.removeprefix(address.scheme)


def _is_refusal(error: BaseException) -> bool:
    """Whether it is the last word: a wrong password, a right or database that is not there, no trust."""
    if isinstance(error, AuthenticationError | NoPermissionError):
        return True
    if isinstance(error, ResponseError):
        return "DB index" in str(error)
    cause = error.__cause__ or error.__context__
    return isinstance(cause, ssl.SSLCertVerificationError)
