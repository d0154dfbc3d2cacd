"""``count_tokens``: by the provider where it has it, else by us."""

import asyncio
import json

import pytest
from anthropic.types import MessageTokensCount

from extproc.exchange.outcome import Ending
from extproc.exchange.rules import Rules
from extproc.testing.builders import a_provider, a_snapshot
from extproc.testing.fake_envoy import Answered, Ended, FakeEnvoy, Forwarded

PATH = "/v1/messages/count_tokens"
OPENAI = a_provider("openai/gpt-4o", default=True)
CLAUDE = a_provider("anthropic/claude-sonnet-4-5")
BEDROCK = a_provider("amazon_bedrock/anthropic.claude-haiku-4-5-v1:0")


@pytest.fixture
def envoy() -> FakeEnvoy:
    snapshot = a_snapshot(OPENAI, CLAUDE, BEDROCK, a_provider("groq/*"), aliases={"fast": "openai/gpt-4o"})
    return FakeEnvoy(Rules.of(snapshot))


def body(model: str, text: str = "hello world") -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": text}]}).encode()


def ask(envoy: FakeEnvoy, sent: bytes) -> Ended:
    return asyncio.run(envoy.request("POST", PATH, {}, sent))


def answered(ended: Ended) -> Answered:
    assert isinstance(ended, Answered)
    return ended


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-4o", 9),
        ("fast", 9),
        ("groq/llama-3.1-8b-instant", 9),
        ("none", 9),
        ("amazon_bedrock/anthropic.claude-haiku-4-5-v1:0", 10),
    ],
    ids=["bare id", "alias", "wildcard", "default", "Claude on Bedrock"],
)
def test_a_provider_without_messages_has_its_tokens_counted_here(
    envoy: FakeEnvoy, model: str, tokens: int
) -> None:
    """The answer is Anthropic's, and says that it is an estimate."""
    reply = answered(ask(envoy, body(model)))

    counted = MessageTokensCount.model_validate_json(reply.body, strict=True)
    assert (200, tokens) == (reply.status, counted.input_tokens)
    expected = {
        "content-type": "application/json",
        "x-plano-reply": "messages.count_tokens",
        "x-plano-estimated": "tokens",
    }
    assert expected == reply.headers


def test_what_was_counted_is_told_as_metadata(envoy: FakeEnvoy) -> None:
    """The access log says for which model, and that no provider was asked."""
    reply = answered(ask(envoy, body("fast")))

    expected = {
        "listener": "models",
        "operation": "messages.count_tokens",
        "provider": "openai/gpt-4o",
        "model": "gpt-4o",
        "replied": True,
        "reply": "messages.count_tokens",
    }
    assert expected == reply.metadata
    assert [(Ending.REPLIED, OPENAI)] == [
        (outcome.ending, outcome.target.provider) for outcome in envoy.outcomes if outcome.target
    ]


def test_a_provider_that_has_it_is_asked(envoy: FakeEnvoy) -> None:
    """It knows its own tokens."""
    sent = ask(envoy, body("claude-sonnet-4-5"))

    assert isinstance(sent, Forwarded)
    assert (CLAUDE.upstream.cluster.encode(), PATH.encode()) == (
        sent.headers["x-plano-int-cluster"],
        sent.headers[":path"],
    )


@pytest.mark.parametrize(
    ("sent", "status", "kind", "told"),
    [
        (b'{"model":"gpt-4o"}', 400, "invalid_request_error", "messages"),
        (b'{"model":"gpt-4o","messages":[{"role":"x"}]}', 400, "invalid_request_error", "messages[0].role"),
        (b'{"model":"gpt-4o","messages":', 400, "invalid_request_error", "JSON"),
        (body("nothing-like-it"), 404, "not_found_error", "nothing-like-it"),
    ],
    ids=["no messages", "wrong role", "no JSON", "unknown model"],
)
def test_a_wrong_request_gets_anthropics_error(
    envoy: FakeEnvoy, sent: bytes, status: int, kind: str, told: str
) -> None:
    """Shape, status and type; the sentence names the field."""
    reply = answered(ask(envoy, sent))

    error = json.loads(reply.body)
    assert (status, "error", kind) == (reply.status, error["type"], error["error"]["type"])
    assert told in error["error"]["message"]
    assert "x-plano-estimated" not in reply.headers


def test_others_do_not_wait_for_a_long_count(envoy: FakeEnvoy) -> None:
    """It is made in a thread: a list of models asked for after it is there before it."""
    ended: list[str] = []

    async def asked(what: str, method: str, path: str, sent: bytes) -> None:
        answered(await envoy.request(method, path, {}, sent))
        ended.append(what)

    async def both() -> None:
        count = asyncio.create_task(asked("count", "POST", PATH, body("gpt-4o", "so many words " * 100_000)))
        await asyncio.sleep(0)
        await asked("list", "GET", "/v1/models", b"")
        await count

    asyncio.run(both())

    assert ["list", "count"] == ended
