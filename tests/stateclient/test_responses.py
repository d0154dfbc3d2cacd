"""Answers of the Responses API in the state service: shared, and said when they cannot be had."""

import asyncio
from pathlib import Path

import pytest

from extproc.conversations.store import StoreUnavailable
from extproc.limits import RESPONSE_BYTES_MAX, STATE_VALUE_BYTES_MAX
from extproc.stateclient.client import StateClient
from extproc.stateclient.responses import StateResponses
from tests.state.running import service


def test_workers_share_what_they_keep(tmp_path: Path) -> None:
    """Two clients of one real service; tenants have nothing in common."""

    async def run() -> list[object]:
        async with service(tmp_path) as running:
            one, other = (StateResponses(StateClient(running.socket)) for _ in range(2))
            added = [await one.add("t", "a", b"1", 60.0), await other.add("t", "a", b"2", 60.0)]
            found = [await other.get("t", "a"), await other.get("u", "a"), await other.get("t", "b")]
            return [
                *added,
                *found,
                await other.delete("t", "a"),
                await one.delete("t", "a"),
                await one.get("t", "a"),
            ]

    assert [True, False, b"1", None, None, True, False, None] == asyncio.run(run())


def test_what_the_service_never_keeps_is_not_kept(tmp_path: Path) -> None:
    """Which is more than what is ever asked of it."""

    async def run() -> list[bool]:
        async with service(tmp_path) as running:
            responses = StateResponses(running.client)
            sizes = (RESPONSE_BYTES_MAX, STATE_VALUE_BYTES_MAX + 1)
            return [await responses.add("", str(size), b"x" * size, 60.0) for size in sizes]

    assert [True, False] == asyncio.run(run())


@pytest.mark.parametrize("call", ["get", "add", "delete"])
def test_a_service_that_is_not_there_is_unavailable(tmp_path: Path, call: str) -> None:
    async def run() -> None:
        client = StateClient(tmp_path / "nobody.sock")
        try:
            await getattr(StateResponses(client), call)("", "a", *((b"1", 60.0) if call == "add" else ()))
        finally:
            await client.close()

    with pytest.raises(StoreUnavailable):
        asyncio.run(run())
