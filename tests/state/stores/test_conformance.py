"""What every back end does, each tried as the real thing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extproc.state.rooms import Room, Rooms
from extproc.state.store import Entry
from tests.state.stores.back_ends import BACK_ENDS, Opened

T = TypeVar("T")
Use = Callable[[Callable[[Opened], Awaitable[T]]], T]

TTL_S = 60.0
"""Far longer than a test takes: a server's clock goes on by itself."""


class With:
    """Runs a coroutine with a store that has just been opened, in a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self._open = BACK_ENDS[name]
        self._folder = folder

    def __call__(self, use: Callable[[Opened], Awaitable[T]], rooms: Rooms | None = None) -> T:
        async def run() -> T:
            async with self._open(self._folder, rooms or {}) as opened:
                return await use(opened)

        return asyncio.run(run())


@pytest.fixture(params=sorted(BACK_ENDS))
def with_store(request: pytest.FixtureRequest, tmp_path: Path) -> With:
    return With(request.param, tmp_path)


def keys(entries: list[Entry]) -> list[str]:
    return [entry.key for entry in entries]


def test_what_was_put_is_there_and_replaces_what_was(with_store: With) -> None:
    async def use(opened: Opened) -> list[bytes | None]:
        store = opened.store
        before = await store.get("k", "t", "a")
        await store.put("k", "t", "a", b"1", None)
        first = await store.get("k", "t", "a")
        await store.put("k", "t", "a", b"2", None)
        return [before, first, await store.get("k", "t", "a")]

    assert [None, b"1", b"2"] == with_store(use)


def test_kinds_and_tenants_have_nothing_in_common(with_store: With) -> None:
    """The same key is another entry; no tenant is one, too."""
    places = [("k", ""), ("k", "t"), ("k", "T"), ("other", "t")]

    async def use(opened: Opened) -> list[bytes | None]:
        for number, (kind, tenant) in enumerate(places):
            await opened.store.put(kind, tenant, "a", str(number).encode(), None)
        await opened.store.delete("k", "T", "a")
        return [await opened.store.get(kind, tenant, "a") for kind, tenant in places]

    assert [b"0", b"1", None, b"3"] == with_store(use)


def test_an_entry_is_gone_when_its_time_is_over(with_store: With) -> None:
    """For each way to look at it. Written anew, it has its time anew."""

    async def use(opened: Opened) -> list[object]:
        store = opened.store
        for key in ("a", "b", "c"):
            await store.put("k", "", key, b"x", TTL_S)
        await store.put("k", "", "stays", b"x", None)
        await opened.later(TTL_S * 0.75)
        await store.put("k", "", "b", b"y", TTL_S)
        await opened.later(TTL_S * 0.75)
        return [
            await store.get("k", "", "a"),
            await store.get("k", "", "b"),
            await store.delete("k", "", "c"),
            keys(await store.newest("k", "", 0.0, 9)),
            await store.add("k", "", "a", b"z", None),
        ]

    assert [None, b"y", False, ["b", "stays"], True] == with_store(use)


def test_what_is_put_again_without_a_time_stays(with_store: With) -> None:
    """The time of before does not cling to it."""

    async def use(opened: Opened) -> bytes | None:
        await opened.store.put("k", "", "a", b"1", TTL_S)
        await opened.store.put("k", "", "a", b"2", None)
        await opened.later(TTL_S * 1.5)
        return await opened.store.get("k", "", "a")

    assert b"2" == with_store(use)


def test_of_many_that_add_at_once_one_succeeds(with_store: With) -> None:
    """Whoever the others are: other calls, or another process with the same entries."""

    async def use(opened: Opened) -> tuple[list[bool], bool]:
        stores = [opened.store] + ([await opened.again()] if opened.again else [])
        added = await asyncio.gather(
            *(stores[n % len(stores)].add("k", "", "a", str(n).encode(), None) for n in range(40))
        )
        kept = await opened.store.get("k", "", "a")
        return added, kept == str(added.index(True)).encode()

    added, kept_is_the_winners = with_store(use)
    assert (1, True) == (added.count(True), kept_is_the_winners)


def test_of_many_that_delete_at_once_one_did(with_store: With) -> None:
    """So that what is taken away can be handed over."""

    async def use(opened: Opened) -> list[bool]:
        await opened.store.put("k", "", "a", b"1", None)
        return await asyncio.gather(*(opened.store.delete("k", "", "a") for _ in range(20)))

    assert 1 == with_store(use).count(True)


def test_the_newest_come_first_and_no_more_than_are_wanted(with_store: With) -> None:
    async def use(opened: Opened) -> list[list[str]]:
        store = opened.store
        for key in ("a", "b", "c"):
            await store.put("k", "t", key, b"", None)
        await store.put("k", "other", "d", b"", None)
        await store.put("k", "t", "a", b"", None)
        return [
            keys(await store.newest("k", "t", 0.0, 9)),
            keys(await store.newest("k", None, 0.0, 3)),
            keys(await store.newest("nothing", None, 0.0, 9)),
        ]

    assert [["a", "c", "b"], ["a", "d", "c"], []] == with_store(use)


def test_the_newest_are_whole_and_begin_at_a_time(with_store: With) -> None:
    """That of the store's own clock: who asks has got it from an entry."""

    async def use(opened: Opened) -> tuple[Entry, list[str]]:
        store = opened.store
        await store.put("k", "t", "old", b"1", None)
        await opened.later(0.05)
        await store.put("k", "t", "new", b"\x00\xff", None)
        [entry, _] = await store.newest("k", None, 0.0, 9)
        return entry, keys(await store.newest("k", None, entry.at, 9))

    entry, since = with_store(use)
    assert (("t", "new", b"\x00\xff"), ["new"]) == ((entry.tenant, entry.key, entry.value), since)


def test_times_are_those_of_the_clock(with_store: With) -> None:
    """Seconds of Unix time, to a second or so."""

    async def use(opened: Opened) -> float:
        await opened.store.put("k", "", "a", b"", None)
        [entry] = await opened.store.newest("k", "", opened.now() - 2.0, 1)
        return abs(entry.at - opened.now())

    assert with_store(use) < 2.0


def test_what_was_written_longest_ago_makes_room_by_number(with_store: With) -> None:
    """Of its own kind only."""

    async def use(opened: Opened) -> list[list[str]]:
        store = opened.store
        await store.put("other", "", "x", b"", None)
        for key in ("a", "b", "c", "a", "d"):
            await store.put("k", "", key, b"", None)
        return [keys(await store.newest(kind, "", 0.0, 9)) for kind in ("k", "other")]

    assert [["d", "a", "c"], ["x"]] == with_store(use, {"k": Room(entries_max=3)})


def test_what_was_written_longest_ago_makes_room_by_size(with_store: With) -> None:
    """The newest stays even where it is larger than the room."""

    async def use(opened: Opened) -> list[list[str]]:
        store = opened.store
        for key, size in (("a", 40), ("b", 40), ("c", 40), ("c", 50)):
            await store.put("k", "", key, b"x" * size, None)
        before = keys(await store.newest("k", "", 0.0, 9))
        await store.put("k", "", "huge", b"x" * 101, None)
        return [before, keys(await store.newest("k", "", 0.0, 9))]

    assert [["c", "b"], ["huge"]] == with_store(use, {"k": Room(bytes_max=100)})


def test_a_value_may_be_large(with_store: With) -> None:
    """A conversation with pictures."""
    value = bytes(range(256)) * 32 * 1024

    async def use(opened: Opened) -> bool:
        await opened.store.put("k", "", "a", value, None)
        return await opened.store.get("k", "", "a") == value

    assert with_store(use)


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tenant=names, key=names.filter(bool), value=st.binary(max_size=200))
def test_any_names_and_any_bytes_come_back(with_store: With, tenant: str, key: str, value: bytes) -> None:
    """Colons, percent signs, quotes, spaces at the end: nothing in a name means anything."""

    async def use(opened: Opened) -> list[object]:
        store = opened.store
        await store.put("k", tenant, key, value, None)
        await store.put("k", tenant, f"{key} ", b"another", None)
        found = await store.newest("k", tenant, 0.0, 2)
        return [await store.get("k", tenant, key), [(e.tenant, e.key, e.value) for e in found][1:]]

    assert [value, [(tenant, key, value)]] == with_store(use)
