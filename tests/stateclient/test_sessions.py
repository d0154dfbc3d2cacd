"""The memory of conversations, kept by the state service: shared, and never in the way of a request."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from extproc.limits import STATE_LATE_LOOKUPS_MAX, STATE_PAUSE_S, STATE_PUTS_MAX
from extproc.stateclient.client import StateClient
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable
from extproc.stateclient.sessions import StateSessions
from tests.state.running import service


class Entries:
    """A service whose answers can be held back, or fail."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked = 0
        self.written: list[bytes] = []
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def get(self, _kind: str, _tenant: str, key: str, **_: object) -> bytes | None:
        self.asked += 1
        if self.error:
            raise self.error
        return self.kept.get(key)

    async def put(self, _kind: str, _tenant: str, key: str, value: bytes, *_: object, **__: object) -> None:
        await self.open.wait()
        if self.error:
            raise self.error
        self.kept[key] = value
        self.written.append(value)


def test_workers_share_what_they_remember(tmp_path: Path) -> None:
    """Two clients of one real service."""

    async def run() -> list[bytes | None]:
        async with service(tmp_path) as running:
            one, other = [StateSessions(StateClient(running.socket)) for _ in range(2)]
            await one.put("a", b"1", 60.0)
            await one.close()
            return [await other.get("a"), await other.get("b")]

    assert [b"1", None] == asyncio.run(run())


def test_a_request_does_not_wait_for_a_write_and_reads_what_it_wrote() -> None:
    """Of writes to one entry the latest counts, and no older one comes after it."""

    async def run() -> tuple[list[bytes | None], list[bytes]]:
        entries = Entries()
        entries.open.clear()
        sessions = StateSessions(entries)
        for value in (b"1", b"2", b"3"):
            await sessions.put("a", value, 60.0)
        meanwhile = await sessions.get("a")
        entries.open.set()
        await sessions.close()
        return [meanwhile, await sessions.get("a")], entries.written

    found, written = asyncio.run(run())
    assert [b"3", b"3"] == found
    assert b"3" == written[-1]
    assert len(written) < 3


def failing(error: Exception, use: Callable[[StateSessions, Entries], object]) -> None:
    """`use` is awaited where it can be."""

    async def run() -> None:
        entries = Entries()
        entries.error = error
        sessions = StateSessions(entries)
        done = use(sessions, entries)
        if asyncio.iscoroutine(done):
            await done

    asyncio.run(run())


def test_a_service_that_is_gone_remembers_nothing_and_keeps_nothing() -> None:
    """Counted, and told once in a while."""

    async def use(sessions: StateSessions, _: Entries) -> None:
        await sessions.put("a", b"1", 60.0)
        await sessions.close()
        assert await sessions.get("a") is None
        assert 2 == sessions.failed

    failing(StateUnavailable("gone"), use)


def test_an_entry_that_is_refused_is_counted() -> None:
    async def use(sessions: StateSessions, _: Entries) -> None:
        await sessions.put("a", b"1", 60.0)
        await sessions.close()
        assert 1 == sessions.failed

    failing(EntryTooLarge("too large"), use)


def test_a_service_that_keeps_failing_is_given_a_pause() -> None:
    """So that a service which hangs costs three requests its deadline, and not each one."""
    now = [0.0]

    async def run() -> list[int]:
        entries = Entries()
        entries.error = StateUnavailable("too late")
        sessions = StateSessions(entries, lambda: now[0])
        for _ in range(STATE_LATE_LOOKUPS_MAX + 5):
            await sessions.get("a")
        paused = entries.asked
        now[0] += STATE_PAUSE_S
        entries.error = None
        entries.kept["a"] = b"1"
        assert await sessions.get("a") == b"1"
        assert await sessions.get("a") == b"1"
        return [paused, entries.asked, sessions.failed]

    asked = STATE_LATE_LOOKUPS_MAX
    assert [asked, asked + 2, asked + 5] == asyncio.run(run())


def test_there_is_a_bound_to_what_waits_to_be_written() -> None:
    """What does not fit is not remembered."""

    async def run() -> tuple[int, int]:
        entries = Entries()
        entries.open.clear()
        sessions = StateSessions(entries)
        for number in range(STATE_PUTS_MAX + 2):
            await sessions.put(str(number), b"", 60.0)
        failed = sessions.failed
        entries.open.set()
        await sessions.close()
        return failed, len(entries.kept)

    assert (2, STATE_PUTS_MAX) == asyncio.run(run())
