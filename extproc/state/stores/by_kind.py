"""Several stores as one: each kind of entry has its place."""

from collections.abc import Mapping

from extproc.state.store import Entry
from extproc.state.stores.watched import WatchedStore


class StoresByKind:
    """See `Store`; `places` says where a kind is kept, if not in `rest`."""

    def __init__(self, rest: WatchedStore, places: Mapping[str, WatchedStore]) -> None:
        self._rest = rest
        self._places = places

    @property
    def stores(self) -> tuple[tuple[WatchedStore, tuple[str, ...]], ...]:
        """Each store with the kinds that have it for themselves; none: it has all the others."""
        own = tuple((store, (kind,)) for kind, store in self._places.items())
        return (*own, (self._rest, ()))

    async def get(self, kind: str, tenant: str, key: str) -> bytes | None:
        """See `Store`."""
        return await self._of(kind).get(kind, tenant, key)

    async def put(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> None:
        """See `Store`."""
        await self._of(kind).put(kind, tenant, key, value, ttl_s)

    async def add(self, kind: str, tenant: str, key: str, value: bytes, ttl_s: float | None) -> bool:
        """See `Store`."""
        return await self._of(kind).add(kind, tenant, key, value, ttl_s)

    async def delete(self, kind: str, tenant: str, key: str) -> bool:
        """See `Store`."""
        return await self._of(kind).delete(kind, tenant, key)

    async def newest(self, kind: str, tenant: str | None, since: float, limit: int) -> list[Entry]:
        """See `Store`."""
        return await self._of(kind).newest(kind, tenant, since, limit)

    async def close(self) -> None:
        """See `Store`."""
        for store, _ in self.stores:
            await store.close()

    def _of(self, kind: str) -> WatchedStore:
        return self._places.get(kind, self._rest)
