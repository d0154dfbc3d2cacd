"""Answers of the Responses API, kept by the state service: all workers of a gateway find them."""

from typing import Final, Protocol

from extproc.conversations.store import StoreUnavailable
from extproc.limits import STATE_CALL_S
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable

KIND: Final = "response"


class Entries(Protocol):
    """What it needs of the service; see `StateClient`. Each call raises `StateUnavailable`."""

    async def get(self, kind: str, tenant: str, key: str, *, deadline_s: float = ...) -> bytes | None:
        """The value, if there is one."""

    async def add(
        self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None, *, deadline_s: float = ...
    ) -> bool:
        """Raises `EntryTooLarge`, too."""

    async def delete(self, kind: str, tenant: str, key: str, *, deadline_s: float = ...) -> bool:
        """Whether there was an entry."""


class StateResponses:
    """See `ResponseStore`."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    async def get(self, tenant: str, key: str) -> bytes | None:
        """See `ResponseStore`."""
        try:
            return await self._entries.get(KIND, tenant, key, deadline_s=STATE_CALL_S)
        except StateUnavailable as error:
            raise StoreUnavailable(str(error)) from error

    async def add(self, tenant: str, key: str, value: bytes, ttl_s: float) -> bool:
        """See `ResponseStore`; what the service will never keep is not kept."""
        try:
            return await self._entries.add(KIND, tenant, key, value, ttl_s, deadline_s=STATE_CALL_S)
        except EntryTooLarge:
            return False
        except StateUnavailable as error:
            raise StoreUnavailable(str(error)) from error

    async def delete(self, tenant: str, key: str) -> bool:
        """See `ResponseStore`."""
        try:
            return await self._entries.delete(KIND, tenant, key, deadline_s=STATE_CALL_S)
        except StateUnavailable as error:
            raise StoreUnavailable(str(error)) from error
