"""The back ends that the conformance tests are run against: each as the real thing.

A further one is a function here and a row in `BACK_ENDS`.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from extproc.state.rooms import Rooms
from extproc.state.store import Store
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.sqlite import open_sqlite


@dataclass
class Clock:
    """Shows the time that it is set to."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Opened:
    """A store, empty, and the time that it lives in."""

    store: Store
    later: Callable[[float], Awaitable[None]]
    """Lets seconds pass: of a back end with a clock of its own, real ones."""
    now: Callable[[], float]
    again: Callable[[], Awaitable[Store]] | None = None
    """Opens the same entries once more, as another process would; ``None``: nobody else can."""


Opening = Callable[[Path, Rooms], AbstractAsyncContextManager[Opened]]


@asynccontextmanager
async def memory(_: Path, rooms: Rooms) -> AsyncIterator[Opened]:
    clock = Clock()
    store = MemoryStore(rooms, clock)
    yield Opened(store, _moved(clock), clock)
    await store.close()


@asynccontextmanager
async def sqlite(folder: Path, rooms: Rooms) -> AsyncIterator[Opened]:
    clock = Clock()
    async with contextlib.AsyncExitStack() as stack:

        async def open_once_more() -> Store:
            store = await open_sqlite(folder / "deep" / "state.db", rooms, clock)
            stack.push_async_callback(store.close)
            return store

        yield Opened(await open_once_more(), _moved(clock), clock, open_once_more)


def _moved(clock: Clock) -> Callable[[float], Awaitable[None]]:
    async def later(seconds: float) -> None:
        clock.now += seconds

    return later


BACK_ENDS: Mapping[str, Opening] = {"memory": memory, "sqlite": sqlite}
