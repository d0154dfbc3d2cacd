"""A store that keeps to its time, and of which is known how it fares."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from extproc.limits import STATE_STORE_S
from extproc.state.store import Entry, Store, StoreUnavailable

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class WatchedStore:
    """See `Store`; `type` is what the config calls it."""

    def __init__(self, type_: str, store: Store, deadline_s: float = STATE_STORE_S) -> None:
        self.type = type_
        self.healthy = True
        """Whether the latest call succeeded."""
        self.problem = ""
        """What was wrong last."""
        self.failures = 0
        self._store = store
        self._deadline_s = deadline_s

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """See `Store`."""
        return await self._within(self._store.get(kind, tenant, key))

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store`."""
        await self._within(self._store.put(kind, tenant, key, value, ttl_s))

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store`."""
        return await self._within(self._store.add(kind, tenant, key, value, ttl_s))

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store`."""
        return await self._within(self._store.delete(kind, tenant, key))

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """See `Store`."""
        return await self._within(self._store.newest(kind, tenant, since, limit))

    async def close(self) -> None:
        """See `Store`."""
        await self._store.close()

    async def _within(self, call: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await call
        except TimeoutError:
            self._failed(f"no answer within {self._deadline_s:g} s")
            raise StoreUnavailable(self.problem) from None
        except StoreUnavailable as error:
            self._failed(str(error))
            raise
        self.healthy = True
        return answer

    def _failed(self, problem: str) -> None:
        if self.healthy:  # else the log would have a line a call
            log.error("the %s store fails: %s", self.type, problem)
        self.healthy, self.problem = False, problem
        self.failures += 1
