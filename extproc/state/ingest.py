"""Where all that is told of exchanges comes in, and what becomes of it.

events, access log ─▶ open turns ─▶ ended turn ─▶ kept in the store
                                               ─▶ counted for the picture
                                               ─▶ shown to whoever watches: signals, metrics, traces
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from extproc import __version__
from extproc.limits import (
    STATE_REPORTERS_MAX,
    STATE_TICK_S,
    STATE_TURN_KEEP_S,
    STATE_TURNS_WAITING_MAX,
)
from extproc.state import turn as turns
from extproc.state.load import AccessLog, Picture, Reporter, StoreHealth
from extproc.state.open_turns import OpenTurns
from extproc.state.store import TURN, StoreUnavailable
from extproc.state.stores.by_kind import StoresByKind
from extproc.state.tally import Tally, agents_of, models_of, providers_of
from extproc.state.turn import ACCESS_LOG, Turn

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """Sees turns as they end."""

    def ended(self, turn: Turn) -> None:
        """A turn has ended. It is not to be changed; what takes long is done elsewhere."""


class Ingest:
    """One for the life of the service; `run` must be running for turns to be kept."""

    def __init__(
        self, stores: StoresByKind, watchers: Sequence[Watcher] = (), clock: Callable[[], float] = time.time
    ) -> None:
        self.turns = OpenTurns(self._on_ended, self._keep, clock)
        self.access_log = AccessLog()
        self._stores = stores
        self._watchers = watchers
        self._clock = clock
        self._started = clock()
        self._reporters: OrderedDict[str, Reporter] = OrderedDict()
        self._agents, self._providers, self._models = Tally(agents_of), Tally(providers_of), Tally(models_of)
        self._to_keep: asyncio.Queue[Turn] = asyncio.Queue(STATE_TURNS_WAITING_MAX)
        self._lost = 0

    def reported(self, reporter: Reporter) -> None:
        """A process has told how it fares."""
        reporter.at = self._clock()
        self._reporters[reporter.name] = reporter
        self._reporters.move_to_end(reporter.name)
        if len(self._reporters) > STATE_REPORTERS_MAX:
            self._reporters.popitem(last=False)

    async def run(self) -> None:
        """Until it is cancelled: keep what has ended, and end what has waited long enough."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_turns())
            tasks.create_task(self._tick())

    async def drain(self) -> None:
        """End what is open and keep what can be kept; `run` must have been cancelled."""
        self.turns.close()
        with suppress(asyncio.QueueEmpty):
            while True:
                await self._store(self._to_keep.get_nowait())

    def picture(self) -> Picture:
        """As it is now."""
        in_flight = list(self.turns.in_flight())
        return Picture(
            at=self._clock(),
            started=self._started,
            version=__version__,
            in_flight=len(in_flight),
            agents=self._agents.loads(in_flight),
            providers=self._providers.loads(in_flight),
            models=self._models.loads(in_flight),
            reporters=list(self._reporters.values()),
            access_log=self.access_log,
            stores=[
                StoreHealth(store.type, list(kinds), store.healthy, store.problem, store.failures)
                for store, kinds in self._stores.stores
            ],
            turns_lost=self._lost,
        )

    def _on_ended(self, turn: Turn) -> None:
        for tally in (self._agents, self._providers, self._models):
            tally.count(turn)
        self.access_log.unannounced += turn.sources == [ACCESS_LOG]
        self._keep(turn)
        for watcher in self._watchers:
            try:
                watcher.ended(turn)
            except Exception:
                log.exception("what watches turns failed on %s", turn.request_id)

    def _keep(self, turn: Turn) -> None:
        try:
            self._to_keep.put_nowait(turn)
        except asyncio.QueueFull:
            self._lost += 1

    async def _keep_turns(self) -> None:
        while True:
            await self._store(await self._to_keep.get())

    async def _store(self, turn: Turn) -> None:
        try:
            await self._stores.put(TURN, turn.tenant, turn.request_id, turns.encode(turn), STATE_TURN_KEEP_S)
        except StoreUnavailable:  # the store's own log line says why
            self._lost += 1
        except Exception:  # the next one may be kept
            log.exception("turn %s cannot be kept", turn.request_id)
            self._lost += 1

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(STATE_TICK_S)
            self.turns.settle()
