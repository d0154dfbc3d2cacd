"""What is told of an exchange: at most two words, and never none."""

import asyncio
import json
from dataclasses import dataclass, field, replace

from extproc.config.snapshot import ListenerAgent, Preference
from extproc.exchange import pipeline
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.ports import Ports
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.testing import answers
from extproc.testing.builders import a_provider, a_snapshot, an_agent, an_agent_listener
from extproc.testing.fake_answers import Provided
from extproc.testing.fake_envoy import FakeEnvoy
from extproc.testing.fake_messages import headers_message

CHAT = "/v1/chat/completions"
ASKED = b'{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}'


@dataclass
class Heard:
    """Keeps what it is told."""

    said: list[tuple[str, Request, Outcome]] = field(default_factory=list)

    def began(self, request: Request, known: Outcome) -> None:
        self.said.append(("began", request, known))

    def ended(self, request: Request, outcome: Outcome) -> None:
        self.said.append(("ended", request, outcome))

    @property
    def words(self) -> list[tuple[str, Ending]]:
        return [(word, outcome.ending) for word, _, outcome in self.said]

    @property
    def last(self) -> Outcome:
        return self.said[-1][2]


def scene(*providers: str, **more: object) -> tuple[FakeEnvoy, Heard]:
    heard = Heard()
    snapshot = replace(a_snapshot(*map(a_provider, providers or ("openai/gpt-4o",))), **more)
    return FakeEnvoy(Rules.of(snapshot, Ports(reports=heard, clock=lambda: 1000.0))), heard


def test_a_request_that_passes_is_told_of_once_with_where_it_goes() -> None:
    envoy, heard = scene()

    asyncio.run(envoy.request("POST", CHAT, {"x-request-id": "r"}, ASKED))

    [(word, request, outcome)] = heard.said
    assert ("ended", "r", 1000.0) == (word, request.request_id, request.began)
    assert outcome.target is not None
    assert outcome.operation is not None
    assert ("openai/gpt-4o", "gpt-4o", "chat") == (
        *(outcome.target.provider.name, outcome.target.model, outcome.operation.name),
    )
    assert "openai/gpt-4o" == outcome.told["provider"]


def test_one_that_is_translated_is_told_of_when_it_begins_and_when_it_ends() -> None:
    """With the tokens of its answer."""
    envoy, heard = scene("anthropic/claude-house-1")
    body = answers.anthropic_message("Hello").body
    provided = Provided(200, {"content-type": "application/json"}, (body,))

    asyncio.run(envoy.exchange(CHAT, ASKED.replace(b"gpt-4o", b"claude-house-1"), provided))

    assert [("began", Ending.ROUTED), ("ended", Ending.ROUTED)] == heard.words
    assert heard.last.usage is not None
    assert heard.last.usage.output_tokens > 0


def test_one_that_fails_on_the_way_is_told_of_too() -> None:
    """By the error that the caller got."""
    envoy, heard = scene()

    asyncio.run(envoy.request("POST", CHAT, {}, b'{"model":"gpt-9"}'))

    assert [("ended", Ending.REPLIED)] == heard.words
    assert heard.last.error is not None
    assert "model_not_found" == heard.last.error.code


def test_a_client_that_leaves_is_told_of() -> None:
    """Before its request was whole."""
    envoy, heard = scene()

    asyncio.run(envoy.hang_up(after_headers=True))

    assert [("ended", Ending.ABORTED)] == heard.words


def test_an_exchange_that_is_cut_off_is_told_of() -> None:
    """A worker that ends, a stream that Envoy resets: the coroutine is cancelled where it stands."""
    _, heard = scene()
    rules = Rules.of(a_snapshot(), Ports(reports=heard))
    first = headers_message("request_headers", {":method": b"POST", ":path": CHAT.encode()}, end=False)
    messages, waiting = [first.SerializeToString()], asyncio.Event()

    async def receive() -> bytes | None:
        if messages:
            return messages.pop()
        waiting.set()
        await asyncio.Event().wait()
        return None

    async def send(_: bytes) -> None:
        return None

    async def run() -> None:
        exchange = asyncio.create_task(pipeline.run(receive, send, rules))
        await waiting.wait()
        exchange.cancel()
        await asyncio.gather(exchange, return_exceptions=True)

    asyncio.run(run())
    assert [("ended", Ending.ABORTED)] == heard.words


def test_the_conversation_that_was_recognised_is_told() -> None:
    """Where routing had to know it."""
    preference = Preference("code", "writing code", ("openai/gpt-4o",))
    envoy, heard = scene(preferences=(preference,))

    asyncio.run(envoy.request("POST", CHAT, {"x-model-affinity": "mine"}, ASKED))

    assert "mine" == heard.last.conversation


def test_agents_are_told_with_how_they_were_chosen() -> None:
    listener = an_agent_listener(ListenerAgent("weather_agent", "forecasts"))
    envoy, heard = scene(listeners=(listener,), agents=(an_agent(),))
    envoy.listener = listener.name

    asyncio.run(envoy.request("POST", CHAT, {}, ASKED))

    assert [("ended", Ending.ROUTED)] == heard.words
    assert ("weather_agent", "only", "weather_agent") == (
        *(heard.last.agent, heard.last.told["routed_by"], heard.last.told["agent"]),
    )
    assert heard.last.conversation is not None
    assert json.loads(ASKED)["model"] == "gpt-4o"
