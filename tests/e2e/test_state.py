"""plano-state beside real Envoy and real workers: what it learns, and that nobody needs it."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import httpx
import pytest

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.stateclient.client import StateClient
from extproc.stateclient.failure import StateUnavailable
from extproc.testing import answers
from extproc.testing.answers import Gate
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

ENVIRON = {"OPENAI_KEY": "sk-openai", "ANTHROPIC_KEY": "sk-anthropic"}
CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
  - {{type: agent, name: assistant, address: 127.0.0.1, port: 8001, router: embedded,
      agents: [{{id: weather, description: forecasts, default: true}}]}}
agents:
  - {{id: weather, url: "{agent}"}}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{openai}", access_key: $OPENAI_KEY, default: true}}
  - {{model: openai/gpt-4o-mini, base_url: "{openai}", access_key: $OPENAI_KEY}}
  - {{model: anthropic/claude-house-1, base_url: "{anthropic}", access_key: $ANTHROPIC_KEY}}
  - {{model: groq/llama, base_url: "http://127.0.0.1:9"}}
  - model: mistral/falls-back
    base_url: "http://127.0.0.1:9"
    retry_policy: {{fallback_models: [anthropic/claude-house-1]}}
"""
PREFERENCES = """
routing_preferences:
  - {name: code, description: writing code, models: [openai/gpt-4o, openai/gpt-4o-mini]}
"""
"""With which every request is looked up that names its conversation."""
CHAT = "/v1/chat/completions"
TOLD = frozenset({"x-plano-conversation-id", "x-forwarded-for", "x-forwarded-proto"})
"""What an agent may see."""


def asked(model: str = "gpt-4o", **more: object) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": "hello"}], **more}


@dataclass(frozen=True)
class Servers:
    """Those behind the gateway."""

    openai: Upstream
    anthropic: Upstream
    agent: Upstream

    @property
    def config(self) -> str:
        return CONFIG.format(openai=self.openai.url, anthropic=self.anthropic.url, agent=self.agent.url)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Upstream() as openai, Upstream() as anthropic, Upstream(told=TOLD) as agent:
        yield Servers(openai, anthropic, agent)


@pytest.fixture(scope="module")
def gateway(servers: Servers) -> Iterator[Gateway]:
    with Gateway(servers.config, ENVIRON, workers=2, state=True) as running:
        yield running


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=20) as client:
        yield client


def ask_state(gateway: Gateway, use: Callable[[StateClient], object]) -> object:
    async def run() -> object:
        assert gateway.state_socket is not None
        client = StateClient(gateway.state_socket)
        try:
            return await use(client)  # type: ignore[misc]  # a call of the client's
        finally:
            await client.close()

    return asyncio.run(run())


def turns(gateway: Gateway, *request_ids: str) -> Sequence[pb.Turn]:
    """Those of these requests, once all of them are there, in this order."""
    found: dict[str, pb.Turn] = {}

    def all_there() -> bool:
        listed = ask_state(gateway, lambda client: client.turns(pb.ListTurnsRequest(limit=1000)))
        found.update({turn.request_id: turn for turn in listed})  # type: ignore[attr-defined]  # turns
        return set(request_ids) <= found.keys()

    gateway.until(all_there, "state has these turns", 15.0)
    return [found[request_id] for request_id in request_ids]


def sent(
    gateway: Gateway, client: httpx.Client, model: str = "gpt-4o", **headers: str
) -> tuple[httpx.Response, str]:
    """An answer, and the id of its request, which clients are not told: Envoy's log has it."""
    mark = uuid.uuid4().hex
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post(CHAT, json=asked(model), headers={"user-agent": mark, **named})
    return answer, str(gateway.logged(lambda line: line["user_agent"] == mark)["request_id"])


def test_a_request_that_passes_is_one_turn_of_both_witnesses(gateway: Gateway, http: httpx.Client) -> None:
    """With the decision of the worker and the facts of Envoy."""
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    answer, known = sent(gateway, http, x_model_affinity="mine", traceparent=trace)

    [turn] = turns(gateway, known)
    assert 200 == answer.status_code
    assert ["access_log", "event"] == list(turn.sources)
    assert ("models", "chat", "openai_chat", CHAT) == (turn.listener, turn.operation, turn.api, turn.path)
    assert ("openai/gpt-4o", "gpt-4o", "mine", "a" * 32) == (
        *(turn.provider, turn.model, turn.conversation, turn.trace_id),
    )
    assert ("routed", 200, 1, False) == (turn.ending, turn.status, turn.attempts, turn.failed)
    assert "127.0.0.1:" in turn.upstream
    assert 0 < turn.latency.extproc_ms < turn.latency.total_ms
    assert 0 < turn.latency.exchange_ms
    assert 0 < turn.latency.upstream_first_byte_ms <= turn.latency.total_ms
    assert abs(time.time() - turn.ended) < 60


def test_a_translated_one_has_its_tokens(gateway: Gateway, http: httpx.Client, servers: Servers) -> None:
    servers.anthropic.script(answers.anthropic_message("Hello"))
    _, known = sent(gateway, http, "claude-house-1")

    [turn] = turns(gateway, known)
    assert ("anthropic_messages", "anthropic/claude-house-1") == (turn.upstream_api, turn.provider)
    assert turn.usage.input_tokens > 0
    assert turn.usage.output_tokens > 0


def test_an_agents_turn_says_who_chose_it(gateway: Gateway) -> None:
    with httpx.Client(base_url=gateway.base_urls["assistant"], trust_env=False) as client:
        _, known = sent(gateway, client)

    [turn] = turns(gateway, known)
    assert (["weather"], "only", "assistant") == (list(turn.agents), turn.routed_by, turn.listener)


def test_errors_say_whose_they_are(gateway: Gateway, http: httpx.Client) -> None:
    """Ours, and Envoy's."""
    ours, ours_id = sent(gateway, http, "gpt-9")
    envoys, envoys_id = sent(gateway, http, "llama")

    refused, unreachable = turns(gateway, ours_id, envoys_id)
    assert (ours.status_code, "model_not_found", "replied", True) == (
        *(refused.status, refused.error_code, refused.ending, refused.failed),
    )
    assert (envoys.status_code, ["UF"], True) == (
        *(unreachable.status, [flag for flag in unreachable.flags if flag == "UF"], unreachable.failed),
    )
    assert "groq/llama" == unreachable.provider


def test_a_request_that_fell_back_was_answered_by_the_last_target(
    gateway: Gateway, http: httpx.Client, servers: Servers
) -> None:
    """One turn, of two attempts. The second one's own exchange is none."""
    servers.anthropic.script(answers.anthropic_message("Hello"))
    answer, known = sent(gateway, http, "falls-back")

    [turn] = turns(gateway, known)
    assert (200, 200, 2) == (answer.status_code, turn.status, turn.attempts)
    assert ("anthropic/claude-house-1", "claude-house-1") == (turn.provider, turn.model)
    assert ["anthropic/claude-house-1"] == list(turn.alternatives)
    assert ["access_log", "event"] == list(turn.sources)


def test_what_is_in_flight_is_seen(gateway: Gateway, http: httpx.Client, servers: Servers) -> None:
    """While a provider keeps its answer to itself, and not afterwards."""
    gate = Gate()
    servers.openai.script(replace(answers.openai_chat("Hello"), before=(gate,)))
    asking = threading.Thread(target=lambda: http.post(CHAT, json=asked()))

    def busy() -> dict[str, int]:
        picture = ask_state(gateway, lambda client: client.picture())
        loads = picture.providers  # type: ignore[attr-defined]  # a picture
        return {load.name: load.in_flight for load in loads if load.in_flight}

    asking.start()
    try:
        gateway.until(lambda: busy() == {"openai/gpt-4o": 1}, "one is in flight", 10.0)
    finally:
        gate.open()
        asking.join()
    gateway.until(lambda: busy() == {}, "none is in flight", 10.0)


def test_both_workers_tell_and_nothing_is_dropped(gateway: Gateway) -> None:
    def names() -> set[str]:
        picture = ask_state(gateway, lambda client: client.picture())
        return {one.name for one in picture.reporters if not one.dropped}  # type: ignore[attr-defined]

    gateway.until(lambda: names() == {"extproc-0", "extproc-1"}, "both workers have told", 15.0)


def test_health_checks_are_no_turns(gateway: Gateway, http: httpx.Client) -> None:
    http.get("/healthz")
    http.get("/v1/models")
    _, known = sent(gateway, http)

    turns(gateway, known)
    listed = ask_state(gateway, lambda client: client.turns(pb.ListTurnsRequest(limit=1000)))
    paths = {turn.path for turn in listed}  # type: ignore[attr-defined]  # turns
    assert not paths & {"/healthz", "/v1/models"}


def test_workers_share_what_they_remember_of_a_conversation(servers: Servers) -> None:
    """Whichever serves its next request, the conversation is known there."""
    with Gateway(servers.config + PREFERENCES, ENVIRON, workers=2, state=True) as gateway:
        with httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=20) as client:
            for _ in range(12):
                client.post(CHAT, json=asked(), headers={"x-model-affinity": "mine"})
        gateway.until(lambda: _counts(gateway) >= 12, "all of them are turns", 15.0)
        listed = ask_state(gateway, lambda state: state.turns(pb.ListTurnsRequest(conversation="mine")))

    reasons = [turn.session for turn in listed]  # type: ignore[attr-defined]  # turns
    assert (12, ["new"]) == (len(reasons), [reason for reason in reasons if reason == "new"])


def test_nobody_needs_it(servers: Servers) -> None:
    """Killed while requests come in, gone for a while, and back: each is answered, with a memory or not."""
    statuses: list[int] = []
    stop = threading.Event()

    def keep_asking(url: str, headers: dict[str, str]) -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
            while not stop.is_set():
                statuses.append(client.post(CHAT, json=asked(), headers=headers).status_code)

    with Gateway(servers.config + PREFERENCES, ENVIRON, workers=2, state=True) as gateway:
        clients = [
            threading.Thread(target=keep_asking, args=(gateway.base_url, headers))
            for headers in ({}, {"x-model-affinity": "mine"})
        ]
        for client in clients:
            client.start()
        gateway.until(lambda: len(statuses) > 50, "requests are answered")
        gateway.kill_state()
        gone = len(statuses)
        gateway.until(lambda: len(statuses) > gone + 100, "requests are answered without it")
        gateway.start_state()
        gateway.until(lambda: _counts(gateway) > 0, "it is told of requests again", 15.0)
        back = len(statuses)
        gateway.until(lambda: len(statuses) > back + 50, "requests are answered with it")
        stop.set()
        for client in clients:
            client.join()

    assert {200} == set(statuses)


def _counts(gateway: Gateway) -> int:
    """Turns that the service has seen end since its start."""
    try:
        picture = ask_state(gateway, lambda client: client.picture())
    except StateUnavailable:
        return 0
    return sum(load.turns for load in picture.providers)  # type: ignore[attr-defined]  # a picture
