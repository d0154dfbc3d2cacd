"""From what a config says about storage to stores that work.

A further back end is a file beside this one and a row in `OPENERS`.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from extproc.config.snapshot import Snapshot, StoreSettings
from extproc.state.rooms import Rooms, rooms
from extproc.state.store import SESSION, Store
from extproc.state.stores.by_kind import StoresByKind
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.sqlite import open_sqlite
from extproc.state.stores.watched import WatchedStore

log = logging.getLogger(__name__)

Opener = Callable[[StoreSettings, Rooms, Mapping[str, str]], Awaitable[Store]]
"""Makes a store of one type; the mapping is the environment that resolves secrets.

Raises `StoreUnavailable`, and `MissingSecretError` for a variable that is not set.
"""


async def _memory(_: StoreSettings, rooms: Rooms, __: Mapping[str, str]) -> Store:
    return MemoryStore(rooms)


async def _sqlite(settings: StoreSettings, rooms: Rooms, _: Mapping[str, str]) -> Store:
    assert settings.path is not None
    return await open_sqlite(Path(settings.path), rooms)


OPENERS: Final[Mapping[str, Opener]] = {"memory": _memory, "sqlite": _sqlite}
"""By `StoreSettings.type`."""


async def open_store(settings: StoreSettings, rooms: Rooms, environ: Mapping[str, str]) -> WatchedStore:
    """A store that works; raises as `Opener` does."""
    opener = OPENERS.get(settings.type)
    if opener is None:
        log.warning("there is no store of type %s yet: all is kept in memory", settings.type)
        return WatchedStore("memory", MemoryStore(rooms))
    return WatchedStore(settings.type, await opener(settings, rooms, environ))


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
