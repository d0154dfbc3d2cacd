"""Events on their way: in batches, in order, bounded, and told again where nobody knows whether they came."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.errors import ModelNotFound
from extproc.exchange.messages import Headers
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.request import Request
from extproc.limits import STATE_BATCH_MAX, STATE_EVENTS_MAX
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable
from extproc.stateclient.queue import EventQueue, Pace

ROUTED = Outcome(Ending.REPLIED, error=ModelNotFound("There is no such model."))
QUICK = Pace(batch_s=0.0, retry_s=0.01, heartbeat_s=0.05)


def a_request(request_id: str = "r") -> Request:
    headers = Headers(Phase.REQUEST_HEADERS, {}, end_of_stream=False)
    return Request("POST", "/v1/chat/completions", request_id, "models", True, headers, 1000.0)


class Service:
    """Takes batches, unless it is told to fail."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.reporters: list[pb.Reporter] = []
        self.errors: list[Exception] = []
        self.told = asyncio.Event()
        self.failed = asyncio.Event()
        """Set when it has failed as often as it was told to."""

    async def report(self, request: pb.ReportEventsRequest) -> None:
        await asyncio.sleep(0)
        if self.errors:
            error = self.errors.pop(0)
            if not self.errors:
                self.failed.set()
            raise error
        reporter = pb.Reporter()
        reporter.CopyFrom(request.reporter)
        self.reporters.append(reporter)
        self.batches.append([event.request_id for event in request.events])
        self.told.set()

    @property
    def events(self) -> list[str]:
        return [event for batch in self.batches for event in batch]


def run(
    use: Callable[[EventQueue, Service], Awaitable[None]], pace: Pace = QUICK
) -> tuple[EventQueue, Service]:
    """`use` with a queue that tells a service."""

    async def scene() -> tuple[EventQueue, Service]:
        service = Service()
        coolings = (("groq/*", "llama", 12.5),)
        queue = EventQueue(
            service.report, "extproc-0", lookups_failed=lambda: 7, coolings=lambda: coolings, pace=pace
        )
        telling = asyncio.create_task(queue.run())
        async with asyncio.timeout(5.0):
            await use(queue, service)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await queue.close()
        return queue, service

    return asyncio.run(scene())


async def until_told(service: Service, number: int) -> None:
    while len(service.events) < number:
        service.told.clear()
        await service.told.wait()


def test_what_happens_meanwhile_is_told_at_once_in_its_order() -> None:
    """A call for each event would cost more than the event."""

    async def use(queue: EventQueue, service: Service) -> None:
        for number in range(STATE_BATCH_MAX + 10):
            queue.ended(a_request(str(number)), ROUTED)
        await until_told(service, STATE_BATCH_MAX + 10)

    queue, service = run(use)
    assert [STATE_BATCH_MAX, 10] == [len(batch) for batch in service.batches if batch]
    assert [str(number) for number in range(STATE_BATCH_MAX + 10)] == service.events
    assert (0, 0) == (queue.waiting, queue.dropped)


def test_the_reporter_says_how_it_fares() -> None:
    async def use(queue: EventQueue, service: Service) -> None:
        queue.ended(a_request(), ROUTED)
        await until_told(service, 1)

    _, service = run(use)
    cooling = pb.Cooling(target="groq/llama", left_seconds=12.5)
    assert pb.Reporter(name="extproc-0", lookups_failed=7, coolings=[cooling]) == service.reporters[0]


def test_events_wait_for_a_service_that_is_gone_for_a_moment() -> None:
    """And those that come meanwhile are told after them."""

    async def use(queue: EventQueue, service: Service) -> None:
        service.errors += [StateUnavailable("gone")] * 3
        queue.ended(a_request("1"), ROUTED)
        await service.failed.wait()
        queue.ended(a_request("2"), ROUTED)
        await until_told(service, 2)

    queue, service = run(use)
    assert (["1", "2"], 0) == (service.events, queue.waiting)


def test_beyond_the_bound_events_are_dropped_and_counted() -> None:
    """A service that is gone for long costs memory up to here, and no more."""

    async def use(queue: EventQueue, service: Service) -> None:
        service.errors += [StateUnavailable("gone")] * 1000
        for number in range(STATE_EVENTS_MAX + 3):
            queue.ended(a_request(str(number)), ROUTED)
        assert (STATE_EVENTS_MAX, 3) == (queue.waiting, queue.dropped)
        service.errors.clear()
        await until_told(service, STATE_EVENTS_MAX)

    _, service = run(use)
    assert 3 == service.reporters[-1].dropped


def test_events_that_are_refused_are_dropped_and_counted() -> None:
    """Another version's service: to tell them again would help nobody."""

    async def use(queue: EventQueue, service: Service) -> None:
        service.errors.append(EntryTooLarge("what is this?"))
        queue.ended(a_request("1"), ROUTED)
        await service.failed.wait()
        queue.ended(a_request("2"), ROUTED)
        await until_told(service, 1)

    queue, service = run(use)
    assert (["2"], 1, 0) == (service.events, queue.dropped, queue.waiting)


def test_a_worker_with_nothing_to_tell_says_that_it_is_alive() -> None:
    async def use(_: EventQueue, service: Service) -> None:
        await service.told.wait()

    _, service = run(use)
    assert [[]] == service.batches[:1]


def test_after_a_heartbeat_that_failed_events_are_told_soon() -> None:
    """They do not wait for the next one."""

    async def use(queue: EventQueue, service: Service) -> None:
        service.errors.append(StateUnavailable("gone"))
        await service.failed.wait()
        queue.ended(a_request(), ROUTED)
        await until_told(service, 1)

    run(use)


def test_what_is_left_at_the_end_is_told() -> None:
    """A worker that drains has seen its last exchanges."""

    async def use(queue: EventQueue, _: Service) -> None:
        queue.ended(a_request(), ROUTED)

    _, service = run(use, Pace(batch_s=60.0))
    assert ["r"] == service.events


def test_an_outcome_that_cannot_be_told_fails_no_exchange(caplog: pytest.LogCaptureFixture) -> None:
    """It has done its work by then."""

    async def use(queue: EventQueue, _: Service) -> None:
        queue.ended(a_request(), Outcome(Ending.ROUTED, operation="not an operation"))  # type: ignore[arg-type]

    run(use)
    assert "cannot be told" in caplog.text
