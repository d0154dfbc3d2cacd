"""Answers in a worker's memory: bounded, and gone when their time is over."""

import asyncio
from dataclasses import dataclass

import pytest

from extproc.conversations.store import MemoryResponses


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """A store that is asked at once."""

    def __init__(self, entries_max: int = 10, bytes_max: int = 1000) -> None:
        self.clock = Clock()
        self.store = MemoryResponses(entries_max, bytes_max, self.clock)

    def add(self, key: str, value: bytes = b"value", tenant: str = "", ttl_s: float = 60.0) -> bool:
        return asyncio.run(self.store.add(tenant, key, value, ttl_s))

    def get(self, key: str, tenant: str = "") -> bytes | None:
        return asyncio.run(self.store.get(tenant, key))

    def delete(self, key: str, tenant: str = "") -> bool:
        return asyncio.run(self.store.delete(tenant, key))

    def there(self, *keys: str) -> list[str]:
        return [key for key in keys if self.get(key) is not None]


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_what_is_added_is_there(kept: Kept) -> None:
    assert kept.add("a", b"1")

    assert b"1" == kept.get("a")
    assert kept.get("b") is None


def test_what_is_there_stays_as_it_is(kept: Kept) -> None:
    kept.add("a", b"1")

    assert not kept.add("a", b"2")
    assert b"1" == kept.get("a")


def test_what_is_deleted_is_gone(kept: Kept) -> None:
    kept.add("a")

    assert [True, False] == [kept.delete("a"), kept.delete("a")]
    assert kept.get("a") is None
    assert kept.add("a", b"again")


def test_tenants_have_nothing_in_common(kept: Kept) -> None:
    kept.add("a", b"1", "one")
    kept.add("a", b"2", "two")

    assert (b"1", b"2", None) == (kept.get("a", "one"), kept.get("a", "two"), kept.get("a"))
    assert not kept.delete("a", "three")


def test_an_entry_ends_with_its_time(kept: Kept) -> None:
    kept.add("a", ttl_s=60.0)
    kept.clock.now = 59.9
    assert kept.get("a")

    kept.clock.now = 60.0

    assert kept.get("a") is None
    assert kept.add("a", b"2")


def test_the_oldest_entries_make_room() -> None:
    kept = Kept(entries_max=2)
    for key in "abc":
        kept.add(key)

    assert ["b", "c"] == kept.there(*"abc")


def test_the_oldest_bytes_make_room() -> None:
    kept = Kept(bytes_max=100)
    for key in "abcd":
        kept.add(key, b"x" * 40)

    assert ["c", "d"] == kept.there(*"abcd")
    assert not kept.add("e", b"x" * 101), "there is no room for it at all"
    assert ["c", "d"] == kept.there(*"abcd")
    kept.delete("c")
    kept.add("f", b"x" * 60)
    assert ["d", "f"] == kept.there(*"cdf")


def test_what_has_expired_takes_no_room() -> None:
    """Nobody needs to ask for it."""
    kept = Kept(bytes_max=100)
    kept.add("a", b"x" * 40, ttl_s=10.0)
    kept.add("b", b"x" * 40, ttl_s=60.0)
    kept.clock.now = 20.0

    kept.add("c", b"x" * 60, ttl_s=60.0)

    assert ["b", "c"] == kept.there(*"abc")
