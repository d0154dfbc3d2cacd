"""Entries by gRPC, on a real socket."""

import asyncio
import stat
from pathlib import Path

import pytest

from extproc.limits import STATE_VALUE_BYTES_MAX
from extproc.state.store import StoreUnavailable
from extproc.state.stores.memory import MemoryStore
from extproc.stateclient.client import StateClient
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable
from tests.state.running import service


class Broken(MemoryStore):
    """A store that cannot be reached."""

    async def get(self, *_: object) -> bytes | None:
        raise StoreUnavailable("the moon is down")


def test_entries_are_put_got_added_and_deleted(tmp_path: Path) -> None:
    """Binary values, and an empty one, which is not none."""

    async def run() -> list[object]:
        async with service(tmp_path) as running:
            client = running.client
            return [
                await client.get("k", "t", "a"),
                await client.put("k", "t", "a", b"\x00\xff", None),
                await client.get("k", "t", "a"),
                await client.get("k", "other", "a"),
                await client.add("k", "t", "a", b"", None),
                await client.delete("k", "t", "a"),
                await client.delete("k", "t", "a"),
                await client.add("k", "t", "a", b"", 60.0),
                await client.get("k", "t", "a"),
            ]

    assert [None, None, b"\x00\xff", None, False, True, False, True, b""] == asyncio.run(run())


def test_a_large_value_crosses(tmp_path: Path) -> None:
    """gRPC's own limit of 4 MiB is not ours."""
    value = b"x" * (10 * 1024 * 1024)

    async def run() -> bool:
        async with service(tmp_path) as running:
            await running.client.put("k", "", "a", value, None)
            return await running.client.get("k", "", "a") == value

    assert asyncio.run(run())


@pytest.mark.parametrize(
    ("kind", "key", "value", "ttl", "said"),
    [
        ("", "a", b"", None, "needs a kind and a key"),
        ("k", "", b"", None, "needs a kind and a key"),
        ("k", "a\0b", b"", None, "NUL"),
        ("k", "a" * 1025, b"", None, "1024 characters"),
        ("k", "a", b"x" * (STATE_VALUE_BYTES_MAX + 1), None, "bytes"),
        ("k", "a", b"", 0.0, "ttl_seconds"),
        ("k", "a", b"", float("inf"), "ttl_seconds"),
        ("k", "a", b"", float("nan"), "ttl_seconds"),
    ],
    ids=["kind", "no key", "NUL", "long key", "large value", "no time", "endless", "no number"],
)
def test_what_no_store_would_keep_is_refused(
    tmp_path: Path, kind: str, key: str, value: bytes, ttl: float | None, said: str
) -> None:
    """The service goes on."""

    async def run() -> bool:
        async with service(tmp_path) as running:
            with pytest.raises(EntryTooLarge, match=said):
                await running.client.put(kind, "", key, value, ttl)
            return await running.client.add("k", "", "a", b"", None)

    assert asyncio.run(run())


def test_a_store_that_cannot_be_reached_is_told_as_that(tmp_path: Path) -> None:
    """With its own words; the picture shows it."""

    async def run() -> tuple[bool, str]:
        async with service(tmp_path, Broken({})) as running:
            with pytest.raises(StateUnavailable, match="the moon is down"):
                await running.client.get("k", "", "a")
            [store] = (await running.client.picture()).stores
            return store.healthy, store.problem

    assert (False, "the moon is down") == asyncio.run(run())


def test_nobody_is_there(tmp_path: Path) -> None:
    """Told at once, not at the deadline."""

    async def run() -> float:
        client = StateClient(tmp_path / "state.sock")
        began = asyncio.get_running_loop().time()
        for _ in range(3):
            with pytest.raises(StateUnavailable):
                await client.get("k", "", "a", deadline_s=30.0)
        await client.close()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(run()) < 10.0


def test_the_socket_is_its_owners(tmp_path: Path) -> None:
    async def run() -> int:
        async with service(tmp_path) as running:
            return stat.S_IMODE(running.socket.stat().st_mode)

    assert 0o600 == asyncio.run(run())
