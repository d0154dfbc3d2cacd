"""Conversations of the Responses API over real Envoy, by the official SDK, on providers of every API."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing import answers
from extproc.testing.answers import Answer, Cut, Gate
from extproc.testing.gateway import Gateway
from extproc.testing.said import Call, Said, answer
from extproc.testing.upstream import Upstream
from tests.e2e.bridging import CONFIG, ENVIRON, MODELS
from tests.e2e.travel import TOLD, says

UPSTREAMS = pytest.mark.parametrize("api", MODELS)
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

STORED = """
state_storage: {type: memory}
routing: {session_cache: {tenant_header: x-tenant}}
"""
UNSAID = """
version: v0.4.0
listeners:
  - {{type: model, name: models, port: 12000, max_body_bytes: 65536}}
  - {{type: agent, name: agents, port: 8001, agents: [{{id: weather_agent, description: Weather.}}]}}
agents:
  - {{id: weather_agent, url: "{agent}"}}
model_providers:
  - {{model: openai/gpt-5, base_url: "{native}", access_key: $KEY, default: true}}
  - {{model: anthropic/claude-house-1, base_url: "{messages}", access_key: $KEY}}
"""
"""Nothing is said of state; a client's bodies are short."""

TOOLS: Any = [
    {
        "type": "function",
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": False,
    }
]
CALLING = Said("I look it up.", "Hm.", "c2ln", (Call("call_1", "look_up", {"city": "Bern"}),))


@dataclass(frozen=True)
class Stateful:
    """A gateway that keeps conversations, its providers and a client."""

    gateway: Gateway
    providers: dict[Any, Upstream]
    sdk: openai.OpenAI

    def ask(self, api: Api, told: Any, said: Said | Answer, *, stream: bool = False, **more: Any) -> Any:
        """The SDK's object of the whole answer."""
        self.providers[api].script(answer(api, said, stream=stream) if isinstance(said, Said) else said)
        asked = {"model": MODELS[api], "input": told, "tools": TOOLS, **more}
        if not stream:
            return self.sdk.responses.create(**asked)
        with self.sdk.responses.create(**asked, stream=True) as events:
            return list(events)[-1].response

    def kept(self, response_id: str) -> Any:
        """What is kept under an id, if anything is."""
        try:
            return self.sdk.responses.retrieve(response_id)
        except openai.NotFoundError:
            return None

    def heard(self, api: Api) -> str:
        """The newest request to a provider."""
        return self.providers[api].requests[-1].body.decode()


@pytest.fixture(scope="module")
def _stateful() -> Iterator[Stateful]:
    with ExitStack() as stack:
        providers = {api: stack.enter_context(Upstream()) for api in MODELS}
        config = CONFIG.format(
            chat=providers[Api.CHAT].url,
            messages=providers[Api.MESSAGES].url,
            responses=providers[Api.RESPONSES].url,
            converse=providers[Api.CONVERSE].url,
        )
        gateway = stack.enter_context(Gateway(config + STORED, ENVIRON))
        url = f"{gateway.base_url}/v1"
        sdk = stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=20))
        yield Stateful(gateway, providers, sdk)


@pytest.fixture
def stateful(_stateful: Stateful) -> Iterator[Stateful]:
    for provider in _stateful.providers.values():
        provider.forget()
    yield _stateful
    for provider in _stateful.providers.values():
        provider.check()


@UPSTREAMS
@STREAMED
def test_three_turns_with_a_tool(stateful: Stateful, api: Api, stream: bool) -> None:
    first = stateful.ask(api, "Weather?", CALLING, stream=stream, instructions="Be brief.")
    (call,) = [item for item in first.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    second = stateful.ask(api, [result], Said("Sunny."), stream=stream, previous_response_id=first.id)
    third = stateful.ask(api, "Thanks", Said("Bye."), stream=stream, previous_response_id=second.id)

    heard = stateful.heard(api)
    words = ("Weather?", "I look it up.", "Bern", "sunny", "Sunny.", "Thanks")
    places = [heard.index(word) for word in words]
    assert places == sorted(places)
    assert "Be brief." not in heard
    assert [None, first.id, second.id] == [one.previous_response_id for one in (first, second, third)]
    assert third.to_dict() == stateful.sdk.responses.retrieve(third.id).to_dict()
    items = [item.type for item in stateful.sdk.responses.input_items.list(third.id, order="asc", limit=2)]
    assert [
        "message",
        "reasoning",
        "message",
        "function_call",
        "function_call_output",
        "message",
        "message",
    ] == items


def test_what_is_kept_can_be_seen_and_deleted(stateful: Stateful) -> None:
    made = stateful.ask(Api.MESSAGES, "Hello", Said("Hi"))
    responses = stateful.sdk.responses
    (item,) = responses.input_items.list(made.id).data
    assert ("user", "Hello") == (item.role, item.content[0].text)

    with pytest.raises(openai.BadRequestError, match="cancelled"):
        responses.cancel(made.id)
    responses.delete(made.id)

    for ask in (responses.retrieve, responses.delete, responses.cancel, responses.input_items.list):
        with pytest.raises(openai.NotFoundError):
            ask(made.id)
    with pytest.raises(openai.NotFoundError) as raised:
        stateful.ask(Api.MESSAGES, "And?", Said("!"), previous_response_id=made.id)
    assert ("previous_response_not_found", "previous_response_id") == (raised.value.code, raised.value.param)
    assert "state" not in raised.value.message
    assert len(stateful.providers[Api.MESSAGES].requests) == 1


@UPSTREAMS
def test_what_is_not_to_be_stored_is_not(stateful: Stateful, api: Api) -> None:
    made = stateful.ask(api, "Hello", Said("Hi"), store=False)

    assert "Hi" == made.output_text
    with pytest.raises(openai.NotFoundError):
        stateful.sdk.responses.retrieve(made.id)


def test_tenants_are_apart(stateful: Stateful) -> None:
    made = stateful.ask(Api.CHAT, "Hello", Said("Hi"), extra_headers={"x-tenant": "one"})
    assert stateful.sdk.responses.retrieve(made.id, extra_headers={"x-tenant": "one"})

    for headers in ({"x-tenant": "two"}, {}):
        with pytest.raises(openai.NotFoundError):
            stateful.sdk.responses.retrieve(made.id, extra_headers=headers)


def test_many_turns_at_once_go_on_from_one_answer(stateful: Stateful) -> None:
    first = stateful.ask(Api.MESSAGES, "Hello", Said("Hi"))
    stateful.providers[Api.MESSAGES].script_with(
        lambda seen: answer(Api.MESSAGES, Said(seen.json()["messages"][-1]["content"]), stream=True)
    )

    def branch(number: int) -> tuple[str, str]:
        model = MODELS[Api.MESSAGES]
        last = first.id
        for depth in range(3):
            said = f"branch {number}, depth {depth}"
            with stateful.sdk.responses.stream(model=model, input=said, previous_response_id=last) as events:
                last = events.get_final_response().id
        return f"branch {number},", last

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(branch, range(16)))

    for name, last in ends:
        items = stateful.sdk.responses.input_items.list(last, order="asc", limit=100).data
        texts = [item.content[0].text for item in items]
        assert texts[:2] == ["Hello", "Hi"]
        assert all(text.startswith(name) for text in texts[2:])
        assert len(texts) == 7


@UPSTREAMS
def test_a_client_that_leaves_can_go_on_from_what_it_read(stateful: Stateful, api: Api) -> None:
    gate = Gate()
    made = answer(api, Said("Once upon a time"), stream=True)
    half = next(i for i, step in enumerate(made.steps) if isinstance(step, bytes) and b"time" in step)
    stateful.providers[api].script(made.held(half, gate))

    with stateful.sdk.responses.create(model=MODELS[api], input="Tell me", stream=True) as events:
        for event in events:
            if event.type == "response.created":
                response_id = event.response.id
            if event.type == "response.output_text.delta":
                break
    gate.open()

    stateful.gateway.until(lambda: stateful.kept(response_id) is not None, "the half of the answer is kept")
    kept = stateful.kept(response_id)
    assert ("incomplete", "Once upo") == (kept.status, kept.output_text)
    stateful.ask(api, "go on", Said("!"), previous_response_id=response_id)
    assert "Once upo" in stateful.heard(api)


@UPSTREAMS
def test_a_provider_that_breaks_off_leaves_what_it_said(stateful: Stateful, api: Api) -> None:
    made = answer(api, Said("Once upon a time"), stream=True)
    half = next(i for i, step in enumerate(made.steps) if isinstance(step, bytes) and b"time" in step)
    gate = Gate()
    stateful.providers[api].script(made.held(half, Cut.RESET).held(half, gate))

    ids = []
    with suppress(openai.APIConnectionError):
        for event in stateful.sdk.responses.create(model=MODELS[api], input="Tell me", stream=True):
            if event.type == "response.created":
                ids.append(event.response.id)
            if event.type == "response.output_text.delta":
                gate.open()

    stateful.gateway.until(lambda: stateful.kept(ids[0]) is not None, "the half of the answer is kept")
    kept = stateful.kept(ids[0])
    assert ("incomplete", "Once upo") == (kept.status, kept.output_text)


@dataclass(frozen=True)
class Unsaid:
    """A gateway whose config says nothing of state."""

    gateway: Gateway
    native: Upstream
    messages: Upstream
    agent: Upstream

    def client(self, listener: str = "models") -> openai.OpenAI:
        url = f"{self.gateway.base_urls[listener]}/v1"
        return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=20)


@pytest.fixture(scope="module")
def _unsaid() -> Iterator[Unsaid]:
    with Upstream() as native, Upstream() as messages, Upstream(told=TOLD) as agent:
        config = UNSAID.format(native=native.url, messages=messages.url, agent=agent.url)
        with Gateway(config, ENVIRON) as gateway:
            yield Unsaid(gateway, native, messages, agent)


@pytest.fixture
def unsaid(_unsaid: Unsaid) -> Iterator[Unsaid]:
    servers = (_unsaid.native, _unsaid.messages, _unsaid.agent)
    for server in servers:
        server.forget()
    yield _unsaid
    for server in servers:
        server.check()


def test_a_native_provider_keeps_its_own(unsaid: Unsaid) -> None:
    """Ids, deletions and errors are its affair."""
    not_found = {"error": {"message": "Previous response with id 'resp_x' not found."}}
    unsaid.native.script(
        answers.openai_response("Hi"), answers.error(400, not_found), answers.json_answer({"deleted": True})
    )
    with unsaid.client() as client:
        made = client.responses.create(model="gpt-5", input="Hello", previous_response_id="resp_before")
        with pytest.raises(openai.BadRequestError, match="id 'resp_x' not found"):
            client.responses.create(model="gpt-5", input="Hello", previous_response_id="resp_x")
        client.responses.delete(made.id)

    first, _, last = unsaid.native.requests
    assert ("resp_1", "resp_before") == (made.id, first.json()["previous_response_id"])
    assert ("DELETE", "/v1/responses/resp_1") == (last.method, last.target)


def test_a_conversation_may_begin_at_one_provider_and_go_on_at_another(unsaid: Unsaid) -> None:
    """From what is ours; what is theirs is not found elsewhere."""
    unsaid.messages.script(answer(Api.MESSAGES, Said("Hi"), stream=False))
    with unsaid.client() as client:
        first = client.responses.create(model="claude-house-1", input="Hello")
        second = client.responses.create(model="gpt-5", input="And?", previous_response_id=first.id)
        theirs = client.responses.create(model="gpt-5", input="And?")
        with pytest.raises(openai.NotFoundError) as raised:
            client.responses.create(model="claude-house-1", input="And?", previous_response_id=theirs.id)

    assert "Hello" in unsaid.native.requests[0].body.decode()
    assert first.id == second.previous_response_id
    assert "previous_response_not_found" == raised.value.code


def test_a_conversation_may_be_longer_than_what_a_client_may_send(unsaid: Unsaid) -> None:
    """The limit is for its bodies; what is kept was within it, turn by turn."""
    with unsaid.client() as client:
        last = None
        for number in range(4):
            said = f"{number} " + "x" * 50_000
            last = client.responses.create(model="claude-house-1", input=said, previous_response_id=last).id
        native = client.responses.create(model="gpt-5", input="Well?", previous_response_id=last)

    assert 200_000 < len(unsaid.messages.requests[-1].body)
    assert 200_000 < len(unsaid.native.only().body)
    assert "Hello" == native.output_text


@STREAMED
def test_an_agents_conversation_is_ours(unsaid: Unsaid, stream: bool) -> None:
    unsaid.agent.script_with(says("It is sunny."))
    with unsaid.client("agents") as client:
        first = client.responses.create(model="any", input="Weather?")
        assert "It is sunny." == client.responses.retrieve(first.id).output_text
        asked: Any = {"model": "any", "input": "And tomorrow?", "previous_response_id": first.id}
        if stream:
            with client.responses.create(**asked, stream=True) as events:
                second = list(events)[-1].response
        else:
            second = client.responses.create(**asked)
        assert len(client.responses.input_items.list(second.id).data) == 3
        client.responses.delete(second.id)
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(second.id)

    said = [message["content"] for message in unsaid.agent.requests[-1].json()["messages"]]
    assert ["Weather?", "It is sunny.", "And tomorrow?"] == said
    ids = {request.header("x-plano-conversation-id") for request in unsaid.agent.requests}
    assert len(ids) == 1, "to the agent it is one conversation"


@pytest.mark.parametrize("size", [500_000, 5_000_000])
def test_a_long_answer_of_a_native_provider_arrives(unsaid: Unsaid, size: int) -> None:
    """More than Envoy can hold passes as it came, and is not kept; a stream has no such limit."""
    unsaid.messages.script(answer(Api.MESSAGES, Said("Hi"), stream=False))
    long = Said("x" * size)
    unsaid.native.script(*(answer(Api.RESPONSES, long, stream=stream) for stream in (False, True)))
    with unsaid.client() as client:
        first = client.responses.create(model="claude-house-1", input="Hello")
        asked: Any = {"model": "gpt-5", "input": "More!", "previous_response_id": first.id}
        whole = client.responses.create(**asked)
        with client.responses.create(**asked, stream=True) as events:
            streamed = list(events)[-1].response
        kept = client.responses.retrieve(streamed.id)

    assert size == len(whole.output_text) == len(streamed.output_text) == len(kept.output_text)
    assert ("resp_7" == whole.id) == (size == 5_000_000)
