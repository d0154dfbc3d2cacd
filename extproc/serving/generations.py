"""The configs of one worker: the one in force, and the next one while it is made ready.

What a worker remembers (conversations, prices of sources that both configs have, what the embedded router
knows) is not of a config, and goes on.
"""

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from extproc.config.load import ConfigError
from extproc.config.snapshot import Snapshot
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Rules
from extproc.prices.refresh import kept_fresh
from extproc.serving.control import Order, State
from extproc.serving.current import Current
from extproc.serving.equipment import Embedded, rules_of
from extproc.serving.in_force import InForce
from extproc.serving.texts import load
from extproc.sessions.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ready:
    """Rules, and what works beside them for as long as they are in force."""

    rules: Rules
    beside: AsyncExitStack

    @property
    def generation(self) -> int:
        return self.rules.snapshot.generation


class Generations:
    """Makes configs ready and puts them in force, as a `control.Order` says."""

    def __init__(self, ports: Ports, current: Current, first: _Ready, embedded: Embedded) -> None:
        """See `begin`."""
        self.current = current
        self.on_change: Callable[[Snapshot], None] = _nothing
        """Called with each config that comes into force later."""
        self._ports = ports
        self._in_force = first
        self._next: _Ready | None = None
        self._embedded = embedded

    @classmethod
    async def begin(cls, snapshot: Snapshot, ports: Ports, error: str | None = None) -> "Generations":
        """With `snapshot` in force; `error`: why a later config was rejected."""
        embedded = Embedded()
        first = await _ready(snapshot, ports, embedded, None)
        current = Current(first.rules)
        current.reject(error)
        return cls(ports, current, first, embedded)

    async def answer(self, question: bytes) -> bytes:
        """An `Order` and the `State` after it, as JSON. Never raises: whoever asked is told."""
        error = None
        try:
            await self._obey(msgspec.json.decode(question, type=Order))
        except (ConfigError, OSError, msgspec.DecodeError) as failure:
            error = str(failure)
        except Exception as failure:
            log.exception("an order could not be carried out")
            error = f"{type(failure).__name__}: {failure}"
        return msgspec.json.encode(State(self._in_force.generation, self.current.older, error))

    async def close(self) -> None:
        """End what works beside the rules."""
        await self._drop_next()
        await self._in_force.beside.aclose()

    async def _obey(self, order: Order) -> None:
        match order.do:
            case "prepare":
                await self._prepare(Path(order.file))
            case "commit":
                await self._commit(order.generation)
            case "reject":
                self.current.reject(order.text)
            case "tell":
                pass

    async def _prepare(self, file: Path) -> None:
        """Read beside the loop: exchanges go on meanwhile."""
        await self._drop_next()
        loaded = await asyncio.to_thread(lambda: load(InForce.read(file)))
        self._next = await _ready(loaded.snapshot, self._ports, self._embedded, self._in_force.rules)

    async def _commit(self, generation: int) -> None:
        if self._in_force.generation == generation:  # it was in force already when this worker started
            return
        if self._next is None or self._next.generation != generation:
            raise OSError(f"generation {generation} is not ready here")
        before, self._in_force, self._next = self._in_force, self._next, None
        sessions, snapshot = self._ports.sessions, self._in_force.rules.snapshot
        if isinstance(sessions, MemoryStore):
            sessions.resize(snapshot.sessions.entries_max)
        self.on_change(snapshot)
        self.current.replace(self._in_force.rules)
        log.info("generation %d is in force", generation)
        await before.beside.aclose()

    async def _drop_next(self) -> None:
        dropped, self._next = self._next, None
        if dropped is not None:
            await dropped.beside.aclose()


def _nothing(_: Snapshot) -> None:
    """Where nobody else goes by a config."""


async def _ready(snapshot: Snapshot, ports: Ports, embedded: Embedded, before: Rules | None) -> _Ready:
    """`before`: the rules in force, whose prices hold until their sources were read again."""
    rules = await rules_of(snapshot, ports, embedded)
    if before is not None:
        rules.prices.inherit(before.prices, _shared_sources(before.snapshot, snapshot))
    beside = AsyncExitStack()
    await beside.enter_async_context(kept_fresh(rules.prices, snapshot.metrics_sources, snapshot.preferences))
    return _Ready(rules, beside)


def _shared_sources(before: Snapshot, after: Snapshot) -> dict[int, int]:
    """Number of a source in `before` → its number in `after`."""
    numbers = {}
    for ours, source in enumerate(after.metrics_sources):
        if source in before.metrics_sources:
            numbers[before.metrics_sources.index(source)] = ours
    return numbers
