"""What every back end does: entries by kind, tenant and key, with lifetimes and bounded room."""

from typing import Final, Protocol

import msgspec

from extproc.limits import STATE_NAME_CHARS_MAX, STATE_VALUE_BYTES_MAX

SESSION: Final = "session"
"""Kind of what is remembered of conversations for routing: `extproc.sessions`, `extproc.agents`."""
RESPONSE: Final = "response"
"""Kind of the stored answers of the Responses API."""
CONVERSATION: Final = "conversation"
"""Kind of what is known of conversations beyond their turns."""
TURN: Final = "turn"
"""Kind of ended exchanges: `extproc.state.turn.Turn` as JSON."""


class StoreUnavailable(Exception):
    """The store cannot be reached, did not answer in time, or has no room on its disk; `str()` for people."""


class EntryRefused(ValueError):
    """An entry that no store will ever keep; `str()` says why."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a kind."""

    tenant: str
    key: str
    value: bytes
    at: float
    """When it was written last, seconds of Unix time."""


class Store(Protocol):
    """Keeps entries.

    Each call raises `StoreUnavailable`. A kind has bounded room (`extproc.state.rooms`): the entries that
    were written longest ago make room for new ones. An entry whose time is over is not there. What is
    written twice at once is one of the two, whole.
    """

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """The value, if there is one."""

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """Keep `value`, for `ttl_s` seconds from now or as long as there is room."""

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """As `put`, unless there is an entry: of several at once, exactly one returns true."""

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """Whether there was an entry; there is none now."""

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """Those written at `since` or later, the latest first, at most `limit`; ``None``: of all tenants."""

    async def close(self) -> None:
        """Give back what it holds; nothing may be asked of it afterwards."""


def check(kind: str, tenant: str, key: str, value: bytes = b"") -> None:
    """Raises `EntryRefused` for what not every back end could keep."""
    if not kind or not key:
        raise EntryRefused("an entry needs a kind and a key")
    if any("\0" in name for name in (kind, tenant, key)):  # PostgreSQL's texts cannot hold it
        raise EntryRefused("kind, tenant and key must not have a NUL in them")
    if max(len(kind), len(tenant), len(key)) > STATE_NAME_CHARS_MAX:
        raise EntryRefused(f"kind, tenant and key may have {STATE_NAME_CHARS_MAX} characters each")
    if len(value) > STATE_VALUE_BYTES_MAX:
        raise EntryRefused(f"the value has {len(value)} bytes; {STATE_VALUE_BYTES_MAX} are allowed")
