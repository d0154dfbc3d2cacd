"""Events come in, turns and the picture go out: over a real socket."""

import asyncio
from pathlib import Path

from extproc._pb.plano.envoy.accesslog.v1 import accesslog_pb2 as als
from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.state.store import TURN, StoreUnavailable
from extproc.state.stores.memory import MemoryStore
from extproc.state.turn import Turn
from tests.state.envoys_log import EnvoysLog, entry
from tests.state.running import Service, service, until


def event(request_id: str, *, ending: str = "", **exchange: object) -> pb.Event:
    """One of a request to OpenAI."""
    known = {"provider": "openai/gpt-4o", "model": "gpt-4o", "listener": "models", **exchange}
    told = pb.Event(request_id=request_id, at=1.0, exchange=pb.Exchange(**known))
    if ending:
        told.ending.ending = ending
    return told


async def report(running: Service, *events: pb.Event, **reporter: object) -> None:
    who = pb.Reporter(name="extproc-0", **reporter)
    await running.client.report(pb.ReportEventsRequest(reporter=who, events=events))


async def turns(running: Service, number: int, **wanted: object) -> list[pb.Turn]:
    """At least `number` turns, as soon as they are kept."""
    found: list[pb.Turn] = []

    async def enough() -> bool:
        found[:] = await running.client.turns(pb.ListTurnsRequest(**wanted))
        return len(found) >= number

    await until(enough)
    return found


def test_an_exchange_becomes_a_turn_when_both_have_told(tmp_path: Path) -> None:
    """With what either knows."""

    async def run() -> tuple[list[pb.Turn], pb.Picture]:
        async with service(tmp_path) as running, EnvoysLog(running.socket) as envoy:
            await report(running, event("r1", ending="routed", conversation="c", routed_by="embedded"))
            await envoy.tell(entry("r1", status=200, cluster="openai", attempts=2))
            return await turns(running, 1), await running.client.picture()

    [turn], picture = asyncio.run(run())
    assert ("r1", "openai/gpt-4o", "c", "embedded") == (
        *(turn.request_id, turn.provider, turn.conversation, turn.routed_by),
    )
    assert (200, "openai", 2, ["access_log", "event"]) == (
        *(turn.status, turn.cluster, turn.attempts, list(turn.sources)),
    )
    assert ["openai/gpt-4o"] == [load.name for load in picture.models]
    assert (1, 1, 0) == (
        *(picture.access_log.streams, picture.access_log.entries, picture.access_log.unannounced),
    )


def test_the_picture_shows_what_is_in_flight_and_how_reporters_fare(tmp_path: Path) -> None:
    """Until Envoy says that it is over."""

    async def run() -> list[pb.Picture]:
        async with service(tmp_path) as running, EnvoysLog(running.socket) as envoy:
            await report(running, event("r1", ending="routed"), event("r2", agents=["a", "b"], provider=""))
            cooling = pb.Cooling(target="groq/llama", left_seconds=9.0)
            await report(running, waiting=3, dropped=2, lookups_failed=1, coolings=[cooling])
            before = await running.client.picture()
            await envoy.tell(entry("r1"))
            await turns(running, 1)
            return [before, await running.client.picture()]

    before, after = asyncio.run(run())
    assert (2, 1) == (before.in_flight, after.in_flight)
    assert [("openai/gpt-4o", 1)] == [(load.name, load.in_flight) for load in before.providers]
    assert [("a", 1), ("b", 1)] == [(load.name, load.in_flight) for load in before.agents]
    [reporter] = before.reporters
    assert ("extproc-0", 3, 2, 1) == (
        *(reporter.name, reporter.waiting, reporter.dropped, reporter.lookups_failed),
    )
    assert [("groq/llama", 9.0)] == [(one.target, one.left_seconds) for one in reporter.coolings]
    assert abs(reporter.at - before.at) < 5.0


def test_turns_are_listed_by_what_is_wanted(tmp_path: Path) -> None:
    """The newest first."""

    async def run() -> list[list[str]]:
        async with service(tmp_path) as running, EnvoysLog(running.socket) as envoy:
            await report(
                running,
                event("r1", ending="routed", conversation="c1", tenant="t"),
                event("r2", ending="routed", agents=["weather"], provider="", model=""),
                event("r3", ending="routed", conversation="c1"),
            )
            for request_id, status in (("r1", 200), ("r2", 500), ("r3", 200)):
                await envoy.tell(entry(request_id, status=status))
            all_of_them = await turns(running, 3)
            queries = [
                {"conversation": "c1"},
                {"agent": "weather"},
                {"failed": True},
                {"tenant": "t"},
                {"tenant": ""},
                {"provider": "openai/gpt-4o", "limit": 1},
                {"model": "none"},
                {"since": 4e9},
            ]
            found = [await turns(running, 0, **query) for query in queries]
            return [[turn.request_id for turn in some] for some in (all_of_them, *found)]

    assert [
        ["r3", "r2", "r1"],
        ["r3", "r1"],
        ["r2"],
        ["r2"],
        ["r1"],
        ["r3", "r2"],
        ["r3"],
        [],
        [],
    ] == asyncio.run(run())


def test_calls_by_the_outbound_listener_belong_to_their_exchange(tmp_path: Path) -> None:
    """They are no turns of their own."""

    async def run() -> list[pb.Turn]:
        async with (
            service(tmp_path) as running,
            EnvoysLog(running.socket, "outbound") as out,
            EnvoysLog(running.socket) as envoy,
        ):
            await report(running, event("r1", ending="routed", agents=["a", "b"]))
            await out.tell(entry("r1", cluster="agent_a"))
            await until(lambda: running.ingest.access_log.entries == 1)
            await envoy.tell(entry("r1", cluster="agent_b"))
            return await turns(running, 1)

    [turn] = asyncio.run(run())
    assert ("agent_b", ["agent_a"]) == (turn.cluster, [call.cluster for call in turn.calls])


def test_an_entry_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    """The stream goes on."""
    strange = entry("r0")
    usage = strange.common_properties.metadata.filter_metadata["plano.usage"]
    usage.update({"input": float("nan")})

    async def run() -> list[pb.Turn]:
        async with service(tmp_path) as running, EnvoysLog(running.socket) as envoy:
            await report(running, event("r1", ending="routed"), pb.Event())
            await envoy.tell(als.HTTPAccessLogEntry(), strange)
            await envoy.tell(entry("r1"))
            return await turns(running, 1)

    assert ["r1"] == [turn.request_id for turn in asyncio.run(run())]


def test_when_the_service_ends_what_is_open_is_kept_and_envoys_stream_is_ended(tmp_path: Path) -> None:
    """No exchange is lost that was told of, and nobody waits for the stream."""
    kept: list[str] = []

    class Kept(MemoryStore):
        async def put(self, kind: str, _: str, key: str, *__: object) -> None:
            kept.append(f"{kind} {key}")

    async def run() -> float:
        loop = asyncio.get_running_loop()
        async with service(tmp_path, Kept({})) as running, EnvoysLog(running.socket) as envoy:
            await report(running, event("r1", ending="routed"), event("r2"))
            await envoy.tell(entry("r3"))
            await until(lambda: running.ingest.access_log.entries == 1)
            began = loop.time()
        return loop.time() - began

    assert asyncio.run(run()) < 3.0
    assert {"turn r1", "turn r2", "turn r3"} == set(kept)


def test_turns_that_cannot_be_kept_are_counted(tmp_path: Path) -> None:
    """And whatever watches has seen them."""
    seen: list[str] = []

    class Watching:
        def ended(self, turn: Turn) -> None:
            seen.append(turn.request_id)
            raise RuntimeError("a watcher's own fault is not the service's")

    class Full(MemoryStore):
        async def put(self, kind: str, *_: object) -> None:
            assert kind == TURN
            raise StoreUnavailable("the disk is full")

    async def run() -> int:
        async with service(tmp_path, Full({}), Watching()) as running, EnvoysLog(running.socket) as envoy:
            await report(running, event("r1", ending="routed"))
            await envoy.tell(entry("r1"))
            await until(lambda: running.ingest.picture().turns_lost > 0)
            return (await running.client.picture()).turns_lost

    assert (1, ["r1"]) == (asyncio.run(run()), seen)
