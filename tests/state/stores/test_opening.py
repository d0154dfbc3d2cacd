"""Which stores a config gets, and what is known of them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from extproc.config.snapshot import Snapshot, StoreSettings
from extproc.state.rooms import Rooms, rooms
from extproc.state.store import RESPONSE, SESSION, StoreUnavailable
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.opening import open_stores
from extproc.state.stores.watched import WatchedStore
from extproc.testing.builders import a_snapshot

FILE = StoreSettings("sqlite", path="state.db")


def stored(folder: Path, sessions: StoreSettings, rest: StoreSettings | None) -> dict[str, tuple[str, ...]]:
    """The stores that are opened, and their kinds."""

    def placed(settings: StoreSettings) -> StoreSettings:
        return replace(settings, path=str(folder / settings.path)) if settings.path else settings

    async def run(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
        stores = await open_stores(snapshot, {})
        for kind in (SESSION, RESPONSE):
            await stores.put(kind, "", "a", kind.encode(), None)
            assert await stores.get(kind, "", "a") == kind.encode()
        found = {store.type: kinds for store, kinds in stores.stores}
        await stores.close()
        return found

    snapshot = replace(a_snapshot(), session_cache=placed(sessions), state_storage=rest and placed(rest))
    return asyncio.run(run(snapshot))


@pytest.mark.parametrize(
    ("sessions", "rest", "expected"),
    [
        (StoreSettings(), None, {"memory": ()}),
        (StoreSettings(), StoreSettings(), {"memory": ()}),
        (FILE, None, {"sqlite": ("session",), "memory": ()}),
        (StoreSettings(), FILE, {"memory": ("session",), "sqlite": ()}),
        (FILE, FILE, {"sqlite": ()}),
    ],
    ids=["nothing said", "memory", "sessions in a file", "the rest in a file", "one file"],
)
def test_a_config_gets_the_stores_that_it_wants(
    tmp_path: Path, sessions: StoreSettings, rest: StoreSettings | None, expected: dict[str, tuple[str, ...]]
) -> None:
    """One file is opened once."""
    assert expected == stored(tmp_path, sessions, rest)


def test_a_store_that_cannot_be_opened_is_told_and_the_other_is_closed(tmp_path: Path) -> None:
    """A folder where the file should be."""
    broken = StoreSettings("sqlite", path=str(tmp_path))
    snapshot = replace(a_snapshot(), session_cache=broken, state_storage=StoreSettings())

    with pytest.raises(StoreUnavailable, match=str(tmp_path)):
        asyncio.run(open_stores(snapshot, {}))


def test_as_many_sessions_are_kept_as_the_config_says() -> None:
    """``routing.session_max_entries``."""
    snapshot = a_snapshot()

    found: Rooms = rooms(replace(snapshot, sessions=replace(snapshot.sessions, entries_max=7)))

    assert 7 == found[SESSION].entries_max


class Stuck(MemoryStore):
    """Does not answer while it is stuck."""

    def __init__(self) -> None:
        super().__init__({})
        self.answers = asyncio.Event()

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        await self.answers.wait()
        return await super().get(kind, tenant, key)


def test_a_store_that_does_not_answer_in_time_is_unavailable_and_unhealthy_until_it_does() -> None:
    """Nobody waits longer than the deadline."""

    async def run() -> list[tuple[bool, str, int]]:
        stuck = Stuck()
        store = WatchedStore("memory", stuck, deadline_s=0.01)
        with pytest.raises(StoreUnavailable):
            await store.get("k", "", "a")
        then = (store.healthy, store.problem, store.failures)
        stuck.answers.set()
        await store.get("k", "", "a")
        return [then, (store.healthy, store.problem, store.failures)]

    problem = "no answer within 0.01 s"
    assert [(False, problem, 1), (True, problem, 1)] == asyncio.run(run())
