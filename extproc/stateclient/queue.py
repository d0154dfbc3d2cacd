"""Events on their way to the state service: put down at once, told in batches, dropped when too many."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.exchange.outcome import Outcome
from extproc.exchange.request import Request
from extproc.limits import (
    COMPLAINT_INTERVAL_S,
    STATE_BATCH_MAX,
    STATE_BATCH_S,
    STATE_EVENTS_MAX,
    STATE_HEARTBEAT_S,
    STATE_RETRY_S,
)
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable
from extproc.stateclient.telling import end, tell, worth_telling

log = logging.getLogger(__name__)

Report = Callable[[pb.ReportEventsRequest], Awaitable[None]]
"""Tells a batch; raises `StateUnavailable`. See `StateClient.report`."""


class Pace(NamedTuple):
    """How often it tells, in seconds."""

    batch_s: float = STATE_BATCH_S
    retry_s: float = STATE_RETRY_S
    heartbeat_s: float = STATE_HEARTBEAT_S


_PACE: Final = Pace()


class EventQueue:
    """See `extproc.exchange.reports.Reports`; `run` must be running for anything to be told.

    A batch of which nobody knows whether it arrived is told again: the service counts an event once.
    """

    def __init__(
        self,
        report: Report,
        name: str,
        *,
        tenant_header: str | None = None,
        lookups_failed: Callable[[], int] = lambda: 0,
        coolings: Callable[[], Sequence[tuple[str, str, float]]] = tuple,
        clock: Callable[[], float] = time.time,
        pace: Pace = _PACE,
    ) -> None:
        self.waiting = 0
        """Events that are to be told."""
        self.dropped = 0
        """Events that never will."""
        self._report = report
        self._name = name
        self._tenant_header = tenant_header.lower() if tenant_header else None
        self._lookups_failed = lookups_failed
        self._coolings = coolings
        self._clock = clock
        self._pace = pace
        self._batches: deque[pb.ReportEventsRequest] = deque()
        self._something = asyncio.Event()
        self._complained = float("-inf")

    def began(self, request: Request, known: Outcome) -> None:
        """See `Reports`."""
        self._put(request, known, over=False)

    def ended(self, request: Request, outcome: Outcome) -> None:
        """See `Reports`."""
        if worth_telling(outcome):
            self._put(request, outcome, over=True)

    def _put(self, request: Request, outcome: Outcome, *, over: bool) -> None:
        event = self._event()
        if event is None:
            return
        now = self._clock()
        try:
            tell(event, request, outcome, self._tenant_header, now)
            if over:
                end(event, outcome, now - request.began)
        except Exception:  # the exchange has done its work, and is not to fail for this
            log.exception("what happened in exchange %s cannot be told", request.request_id)

    async def run(self) -> None:
        """Tell what there is, until it is cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.heartbeat_s):
                    await self._something.wait()
            await asyncio.sleep(self._pace.batch_s)
            if not await self._tell():
                await asyncio.sleep(self._pace.retry_s)

    async def close(self) -> None:
        """Try once to tell what is left; `run` must have been cancelled."""
        if self._batches:
            await self._tell()

    def _event(self) -> pb.Event | None:
        """A new one in the last batch; ``None``: there are too many."""
        if self.waiting >= STATE_EVENTS_MAX:
            self.dropped += 1
            return None
        if not self._batches or len(self._batches[-1].events) >= STATE_BATCH_MAX:
            self._batches.append(pb.ReportEventsRequest())
            self._something.set()
        self.waiting += 1
        return self._batches[-1].events.add()

    async def _tell(self) -> bool:
        """Whether everything was told that was there."""
        if not self._batches:
            return await self._told(pb.ReportEventsRequest())
        while self._batches:
            if not await self._told(self._batches.popleft()):
                return False
        self._something.clear()
        return True

    async def _told(self, batch: pb.ReportEventsRequest) -> bool:
        told = False
        try:
            await self._report(self._signed(batch))
            told = True
        except StateUnavailable as error:
            self._complain(error)
        except EntryTooLarge:
            log.exception("%d events cannot be told", len(batch.events))
            self.dropped += len(batch.events)
            told = True
        finally:
            if told:
                self.waiting -= len(batch.events)
            elif batch.events:
                self._batches.appendleft(batch)
        return told

    def _signed(self, batch: pb.ReportEventsRequest) -> pb.ReportEventsRequest:
        reporter = batch.reporter
        reporter.name = self._name
        reporter.waiting = self.waiting - len(batch.events)
        reporter.dropped = self.dropped
        reporter.lookups_failed = self._lookups_failed()
        del reporter.coolings[:]
        for provider, model, left_s in self._coolings():
            name = f"{provider.partition('/')[0]}/{model}"
            reporter.coolings.add(target=name, left_seconds=left_s)
        return batch

    def _complain(self, error: Exception) -> None:
        now = self._clock()
        if now - self._complained >= COMPLAINT_INTERVAL_S:
            self._complained = now
            log.warning("%d events wait to be told: %s", self.waiting, error)
