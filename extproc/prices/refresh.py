"""Keeps a book up to date: each source is read when it is due, beside everything else that a worker does.

What cannot be read, or makes no sense, is logged and tried again; until it works, what was read before holds.
Each worker reads for itself. Files are read before the first request is served, addresses are not waited for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from extproc.config.snapshot import CostSource, LatencySource, Preference
from extproc.limits import METRICS_RETRY_FIRST_S, METRICS_RETRY_MAX_S
from extproc.prices.book import Book
from extproc.prices.fetch import Fetch, fetch, is_url, shown
from extproc.prices.formats import CATALOGUES, UnreadableSource, prometheus

log = logging.getLogger(__name__)

Source = CostSource | LatencySource
Sleep = Callable[[float], Awaitable[None]]


@asynccontextmanager
async def kept_fresh(
    book: Book,
    sources: Sequence[Source],
    preferences: Sequence[Preference] = (),
    *,
    fetch: Fetch = fetch,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[None]:
    """While this is open, `book` says what `sources` say; what none knows of `preferences` is logged."""
    readers = [_Reader(book, number, source, fetch, preferences) for number, source in enumerate(sources)]
    read = [None if is_url(reader.location) else await reader.read() for reader in readers]
    tasks = [
        asyncio.create_task(_keep(reader, sleep, done), name=f"metrics source {shown(reader.location)}")
        for reader, done in zip(readers, read, strict=True)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(reader: "_Reader", sleep: Sleep, done: bool | None) -> None:
    """`done`: whether the first reading, if there was one, went well."""
    failures = 0
    while True:
        if done is None:
            done = await reader.read()
        failures = 0 if done else failures + 1
        wait = _wait(reader.refresh_s, failures)
        if wait is None:
            return
        await sleep(wait)
        done = None


def _wait(refresh_s: float | None, failures: int) -> float | None:
    """Seconds to the next reading; ``None``: there is none."""
    if not failures:
        return refresh_s
    retry = min(METRICS_RETRY_FIRST_S * 2.0 ** (min(failures, 32) - 1), METRICS_RETRY_MAX_S)
    return retry if refresh_s is None else min(retry, refresh_s)


class _Reader:
    """Reads one source into its place in the book."""

    def __init__(
        self, book: Book, number: int, source: Source, fetch: Fetch, preferences: Sequence[Preference]
    ) -> None:
        self._book = book
        self._number = number
        self._source = source
        self._fetch = fetch
        self._preferences = preferences
        self._read_last_time = False
        self.refresh_s = source.refresh_s
        self.location = source.location if isinstance(source, CostSource) else source.url

    async def read(self) -> bool:
        """Whether it went well. Never raises: a bug in a parser must not end all refreshing."""
        try:
            found = await self._read()
        except UnreadableSource as problem:
            log.warning("%s cannot be read, what is known holds: %s", shown(self.location), problem)
        except Exception:
            log.exception("%s cannot be read, what is known holds", shown(self.location))
        else:
            self._tell(found)
            return True
        self._read_last_time = False
        return False

    def _tell(self, found: int) -> None:
        if not self._read_last_time:
            log.info("%s read: %d models", shown(self.location), found)
        self._read_last_time = True
        self._name_unknown()

    async def _read(self) -> int:
        source = self._source
        if isinstance(source, CostSource):
            text = await self._fetch(source.location, {})
            prices = await asyncio.to_thread(CATALOGUES[source.format], text, source.aliases)
            self._book.put_prices(self._number, prices)
            return len(prices.by_id)
        text = await self._fetch(_query_address(source.url), {"query": source.query})
        latencies = await asyncio.to_thread(prometheus, text)
        self._book.put_latencies(self._number, latencies)
        return len(latencies)

    def _name_unknown(self) -> None:
        """Once: which models of preferences stand last because the source does not know them."""
        prefer = "cheapest" if isinstance(self._source, CostSource) else "fastest"
        for preference in self._preferences:
            if preference.prefer == prefer:
                for model in self._book.unknown(preference.models, preference.prefer):
                    log.warning("%s: nothing known of %s, it comes last", preference.name, model)
        self._preferences = ()


def _query_address(url: str) -> str:
    path = "/api/v1/query"
    return url if url.endswith(path) else url.rstrip("/") + path
