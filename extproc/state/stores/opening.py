"""From what a config says about storage to stores that work.

A further back end is a file beside this one and a row in `OPENERS`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from extproc.config.snapshot import Snapshot, StoreSettings
from extproc.state.rooms import Room, Rooms, rooms
from extproc.state.store import SESSION, Store
from extproc.state.stores.address import StoreRefused
from extproc.state.stores.by_kind import StoresByKind
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.sqlite import open_sqlite
from extproc.state.stores.watched import WatchedStore

SHARED_SESSIONS_MAX: Final = 100_000
"""Sessions in a server, which several gateways may share, some 1 KB each: `routing.session_max_entries` is
for a gateway by itself."""

Opener = Callable[[StoreSettings, Rooms, Mapping[str, str]], Awaitable[Store]]
"""Makes a store of one type; the mapping is the environment that resolves secrets.

Raises `StoreUnavailable`, and `MissingSecretError` for a variable that is not set. A server that cannot be
reached now is no reason: its store is made, and works as soon as the server does.
"""


async def _memory(_: StoreSettings, rooms: Rooms, __: Mapping[str, str]) -> Store:
    return MemoryStore(rooms)


async def _sqlite(settings: StoreSettings, rooms: Rooms, _: Mapping[str, str]) -> Store:
    assert settings.path is not None
    return await open_sqlite(Path(settings.path), rooms)


# The packages of a server's client are an extra: who keeps things in memory does without them.
async def _redis(settings: StoreSettings, rooms: Rooms, environ: Mapping[str, str]) -> Store:
    with _packages():
        from extproc.state.stores.redis import open_redis  # noqa: PLC0415
    return await open_redis(_url(settings, environ), _shared(rooms))


async def _postgres(settings: StoreSettings, rooms: Rooms, environ: Mapping[str, str]) -> Store:
    with _packages():
        from extproc.state.stores.postgres import open_postgres  # noqa: PLC0415
    return await open_postgres(_url(settings, environ), _shared(rooms))


@contextmanager
def _packages() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise StoreRefused(f"{error}: install plano-extproc[stores]") from error


def _shared(rooms: Rooms) -> Rooms:
    return {**rooms, SESSION: Room(SHARED_SESSIONS_MAX)}


def _url(settings: StoreSettings, environ: Mapping[str, str]) -> str:
    assert settings.url is not None
    return settings.url.resolve(environ)


OPENERS: Final[Mapping[str, Opener]] = {
    "memory": _memory,
    "postgres": _postgres,
    "redis": _redis,
    "sqlite": _sqlite,
}
"""By `StoreSettings.type`."""


async def open_store(settings: StoreSettings, rooms: Rooms, environ: Mapping[str, str]) -> WatchedStore:
    """A store that works; raises as `Opener` does."""
    return WatchedStore(settings.type, await OPENERS[settings.type](settings, rooms, environ))


async def open_stores(snapshot: Snapshot, environ: Mapping[str, str]) -> StoresByKind:
    """All that `snapshot` wants: sessions in one, the rest in another, unless that is the same.

    Raises as `Opener` does; nothing is left open then.
    """
    room, rest, sessions = rooms(snapshot), snapshot.state_storage or StoreSettings(), snapshot.session_cache
    store = await open_store(rest, room, environ)
    if sessions == rest:
        return StoresByKind(store, {})
    try:
        return StoresByKind(store, {SESSION: await open_store(sessions, room, environ)})
    except BaseException:
        await store.close()
        raise
