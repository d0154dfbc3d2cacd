"""A worker changes over: what is new counts from the next exchange on, what has begun goes on as it began."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.config.snapshot import CostSource, Snapshot
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Rules
from extproc.headers import LISTENER
from extproc.limits import EARLIER_RULES_MAX, MIB
from extproc.prices.book import PriceList, Rates
from extproc.serving.control import Order, State
from extproc.serving.current import Current
from extproc.serving.generations import Generations
from extproc.serving.in_force import InForce
from extproc.sessions.store import MemoryStore
from extproc.testing.builders import a_listener, a_provider, a_snapshot

OLD = replace(a_snapshot(a_provider("openai/old", default=True)), generation=1)
NEW = replace(a_snapshot(a_provider("openai/new", default=True)), generation=2)


class Exchange:
    """One exchange that `current` runs, message by message."""

    def __init__(self, current: Current, listener: str = "models") -> None:
        self._listener = listener
        self._to: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._from: asyncio.Queue[bytes] = asyncio.Queue()
        self.task = asyncio.create_task(current.run(self._to.get, self._from.put))

    async def begin(self, method: str = "POST", path: str = "/v1/chat/completions") -> pb.ProcessingResponse:
        """The request's headers; the reply."""
        fields = {":method": method, ":path": path, LISTENER: self._listener}
        values = [pb.HeaderValue(key=name, raw_value=value.encode()) for name, value in fields.items()]
        headers = pb.HttpHeaders(headers=pb.HeaderMap(headers=values), end_of_stream=method == "GET")
        return await self._say(pb.ProcessingRequest(request_headers=headers))

    async def model(self) -> str:
        """The body, without a model; which one the provider is asked for."""
        body = pb.HttpBody(body=b'{"model":"none"}', end_of_stream=True)
        reply = await self._say(pb.ProcessingRequest(request_body=body))
        await self.task
        text: bytes = reply.request_body.response.body_mutation.body
        return str(msgspec.json.decode(text)["model"])

    async def _say(self, message: pb.ProcessingRequest) -> pb.ProcessingResponse:
        await self._to.put(message.SerializeToString())
        return pb.ProcessingResponse.FromString(await self._from.get())


async def health(current: Current) -> dict[str, object]:
    """What ``/healthz`` says."""
    exchange = Exchange(current)
    reply = await exchange.begin("GET", "/healthz")
    await exchange.task
    told: dict[str, object] = msgspec.json.decode(reply.immediate_response.body)["config"]
    return told


class TestTheRulesInForce:
    def test_an_exchange_ends_by_the_rules_that_it_began_by(self) -> None:
        async def run() -> tuple[str, str, int, int]:
            current = Current(Rules.of(OLD))
            begun = Exchange(current)
            await begun.begin()
            current.replace(Rules.of(NEW))
            meanwhile, fresh = current.older, Exchange(current)
            await fresh.begin()
            return await begun.model(), await fresh.model(), meanwhile, current.older

        assert ("old", "new", 1, 0) == asyncio.run(run())

    def test_one_that_is_cut_off_is_no_longer_waited_for(self) -> None:
        async def run() -> int:
            current = Current(Rules.of(OLD))
            begun = Exchange(current)
            await begun.begin()
            current.replace(Rules.of(NEW))
            begun.task.cancel()
            with suppress(asyncio.CancelledError):
                await begun.task
            return current.older

        assert 0 == asyncio.run(run())

    def test_a_connection_to_a_listener_that_is_gone_is_served_by_the_last_rules_that_knew_it(self) -> None:
        """Those of another listener may be of agents: none of its requests is theirs."""

        async def run() -> list[str]:
            current = Current(Rules.of(replace(OLD, listeners=(a_listener("gone"), a_listener("kept")))))
            current.replace(Rules.of(replace(NEW, listeners=(a_listener("kept"),))))
            current.replace(Rules.of(replace(NEW, generation=3, listeners=(a_listener("kept"),))))
            exchanges = [Exchange(current, name) for name in ("gone", "kept")]
            for exchange in exchanges:
                await exchange.begin()
            return [await exchange.model() for exchange in exchanges]

        assert ["old", "new"] == asyncio.run(run())

    def test_many_reloads_are_not_all_remembered(self) -> None:
        current = Current(Rules.of(OLD))
        for generation in range(2, 20):
            current.replace(Rules.of(replace(NEW, generation=generation)))

        assert list(range(18, 18 - EARLIER_RULES_MAX, -1)) == [
            rules.snapshot.generation for rules in current.rules.earlier
        ]
        assert {()} == {rules.earlier for rules in current.rules.earlier}

    def test_a_longer_body_counts_at_once(self) -> None:
        current = Current(Rules.of(OLD))
        before = current.message_bytes_max
        longer = replace(a_listener("models"), max_body_bytes=100 * MIB)
        current.replace(Rules.of(replace(NEW, listeners=(longer,))))

        assert before + 160 * MIB == current.message_bytes_max

    def test_health_tells_why_a_config_was_rejected_until_one_is_not(self) -> None:
        async def run() -> list[dict[str, object]]:
            current = Current(Rules.of(OLD))
            told = [await health(current)]
            current.reject("line 3 is wrong")
            told.append(await health(current))
            current.replace(Rules.of(NEW))
            return [*told, await health(current)]

        assert [
            {"generation": 1, "error": None},
            {"generation": 1, "error": "line 3 is wrong"},
            {"generation": 2, "error": None},
        ] == asyncio.run(run())


TEXT = """\
version: v0.4.0
listeners: [{name: models, type: model, port: 12000, address: 127.0.0.1}]
model_providers: [{model: openai/%s, access_key: $OPENAI_API_KEY, default: true}]
"""


def written(folder: Path, text: str, generation: int, **variables: str) -> Path:
    """A config as the workers are given one."""
    path = folder / f"{generation}.json"
    InForce(generation, text, "config.yaml", str(folder), variables, 0.0).write(path)
    return path


Told = Callable[..., Awaitable[State]]


def changing(
    test: Callable[[Generations, Told], Awaitable[None]], snapshot: Snapshot = OLD, ports: Ports | None = None
) -> None:
    """Run `test` against a worker that goes by `snapshot`."""

    async def run() -> None:
        generations = await Generations.begin(snapshot, ports or Ports())

        async def told(do: str, **more: object) -> State:
            answer = await generations.answer(msgspec.json.encode({"do": do, **more}))
            return msgspec.json.decode(answer, type=State)

        try:
            await test(generations, told)
        finally:
            await generations.close()

    asyncio.run(run())


class TestOrders:
    def test_a_config_counts_when_it_is_committed_and_not_before(self, tmp_path: Path) -> None:
        async def test(generations: Generations, told: Told) -> None:
            prepared = await told("prepare", file=str(written(tmp_path, TEXT % "new", 2)))
            between = generations.current.rules.snapshot
            committed = await told("commit", generation=2)

            assert (State(1), OLD, State(2)) == (prepared, between, committed)
            assert "new" == generations.current.rules.snapshot.providers[0].model

        changing(test)

    @pytest.mark.parametrize("text", ["{", TEXT % "$UNSET"], ids=["no YAML", "unset"])
    def test_one_that_cannot_be_read_changes_nothing(self, tmp_path: Path, text: str) -> None:
        async def test(generations: Generations, told: Told) -> None:
            refused = await told("prepare", file=str(written(tmp_path, text, 2)))
            late = await told("commit", generation=2)

            assert (1, True) == (refused.generation, "config.yaml" in (refused.error or ""))
            assert "generation 2 is not ready here" == late.error
            assert OLD is generations.current.rules.snapshot

        changing(test)

    def test_variables_come_with_the_config(self, tmp_path: Path) -> None:
        """The worker's own environment is that of its start."""

        async def test(generations: Generations, told: Told) -> None:
            text = TEXT.replace("12000", "$PLANO_TEST_PORT") % "new"
            await told("prepare", file=str(written(tmp_path, text, 2, PLANO_TEST_PORT="4711")))
            await told("commit", generation=2)

            assert 4711 == generations.current.rules.snapshot.listeners[0].port

        changing(test)

    def test_a_worker_that_started_with_it_takes_it_as_done(self) -> None:
        async def test(_: Generations, told: Told) -> None:
            assert State(1) == await told("commit", generation=1)

        changing(test)

    def test_a_rejection_is_told_and_taken_back(self) -> None:
        async def test(generations: Generations, told: Told) -> None:
            await told("reject", text="no good")
            rejected = await health(generations.current)
            await told("reject")

            assert "no good" == rejected["error"]
            assert None is (await health(generations.current))["error"]

        changing(test)

    def test_nonsense_is_answered(self) -> None:
        async def test(generations: Generations, _: Told) -> None:
            answer = msgspec.json.decode(await generations.answer(b'{"do": "dance"}'), type=State)

            assert (1, True) == (answer.generation, "dance" in (answer.error or ""))

        changing(test)


class TestWhatAWorkerRemembers:
    def test_conversations_go_on(self, tmp_path: Path) -> None:
        store = MemoryStore(10)

        async def test(generations: Generations, told: Told) -> None:
            await store.put("conversation", b"bound", 60.0)
            await told("prepare", file=str(written(tmp_path, TEXT % "new", 2)))
            await told("commit", generation=2)

            assert b"bound" == await generations.current.rules.ports.sessions.get("conversation")

        changing(test, ports=Ports(sessions=store))

    def test_as_many_as_the_new_config_says(self, tmp_path: Path) -> None:
        store = MemoryStore(10)

        async def test(_: Generations, told: Told) -> None:
            for number in range(5):
                await store.put(str(number), b"", 60.0)
            text = TEXT % "new" + "routing: {session_max_entries: 2}\n"
            prepared = await told("prepare", file=str(written(tmp_path, text, 2)))
            await told("commit", generation=2)
            await store.put("5", b"", 60.0)

            assert None is prepared.error
            assert [None, None, b"", b""] == [await store.get(key) for key in ("0", "3", "4", "5")]

        changing(test, ports=Ports(sessions=store))

    def test_prices_hold_until_their_source_is_read_again(self, tmp_path: Path) -> None:
        """Here it cannot be: nobody is at that address."""
        source = CostSource("models.dev", "http://127.0.0.1:9/prices", None, {})

        async def test(generations: Generations, told: Told) -> None:
            generations.current.rules.prices.put_prices(0, PriceList({"openai/odd": Rates(1.0, 2.0)}))
            text = TEXT % "odd" + (
                "model_metrics_sources:\n"
                "  - {type: latency, provider: prometheus, url: 'http://127.0.0.1:9', query: q}\n"
                "  - {type: cost, provider: models.dev, url: 'http://127.0.0.1:9/prices'}\n"
            )
            prepared = await told("prepare", file=str(written(tmp_path, text, 2)))
            await told("commit", generation=2)

            assert None is prepared.error
            assert Rates(1.0, 2.0) == generations.current.rules.prices.rate("openai/odd")

        changing(test, replace(OLD, metrics_sources=(source,)))


def test_the_order_and_the_state_are_json() -> None:
    """For whoever looks at a socket."""
    assert b'{"do":"commit","generation":3}' == msgspec.json.encode(Order("commit", generation=3))
    assert b'{"generation":3}' == msgspec.json.encode(State(3))
