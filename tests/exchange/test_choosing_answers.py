"""What a budget learns of answers that pass by, and marks for prompt caches: bytes are nobody's business."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from extproc.config.snapshot import PromptCaching, RoutingBudget, SessionSettings
from extproc.prices.book import Rates
from extproc.sessions.binding import SessionBinding, decode
from extproc.testing import answers
from extproc.testing.fake_answers import Delivered, Provided
from extproc.testing.fake_envoy import Forwarded
from tests.exchange.routed import CLAUDE, CODE, GPT, PATHS, Routed, asking, chosen, routed

BUDGET = SessionSettings(budget=RoutingBudget(10.0))
RATES = {GPT: Rates(2.5, 10.0, 1.25), CLAUDE: Rates(3.0, 15.0, 0.3)}
BODIES = {
    "chat": {**asking(), "max_tokens": 9},
    "messages": {**asking(), "max_tokens": 9},
    "responses": {"model": GPT, "input": "fix this bug"},
}
COUNTED: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
"""The chunk that a Chat stream has for clients that include usage."""
CHAT_STREAM = answers.openai_chat_stream(["Do", "ne."])
NATIVE = {
    "chat": (
        GPT,
        answers.openai_chat("Done."),
        CHAT_STREAM.held(-1, b"data: %b\n\n" % json.dumps(COUNTED).encode()),
    ),
    "messages": (CLAUDE, answers.anthropic_message("Done."), answers.anthropic_stream(["Do", "ne."])),
    "responses": (GPT, answers.openai_response("Done."), answers.openai_response_stream(["Done."])),
}
"""API → a model that speaks it, its answer, and that as a stream that tells of tokens."""


def a_gateway(model: str, sessions: SessionSettings = BUDGET) -> Routed:
    return routed(
        chosen("code"), preferences=[replace(CODE, models=(model,))], prices=RATES, sessions=sessions
    )


def exchange(
    gateway: Routed, api: str, provided: Provided, *, stream: bool = False
) -> tuple[Forwarded, Delivered]:
    body = json.dumps({**BODIES[api], **({"stream": True} if stream else {})}).encode()
    headers = {"x-model-affinity": "s"}
    return asyncio.run(gateway.envoy.exchange(PATHS[api], body, provided, headers))


def provided(answer: answers.Answer, size: int | None = None, **more: Any) -> Provided:
    """In pieces of `size` bytes."""
    pieces = [answer.body[at : at + (size or 1 << 30)] for at in range(0, len(answer.body), size or 1 << 30)]
    return Provided(answer.status, dict(answer.headers), tuple(pieces), **more)


def learnt(gateway: Routed) -> SessionBinding:
    binding = decode(asyncio.run(gateway.rules.ports.sessions.get("model::openai/gpt-4o:s")))
    assert binding
    return binding


@pytest.mark.parametrize("size", [1, 7, 64, None])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("api", NATIVE)
def test_an_answer_passes_untouched_and_tells_its_tokens(api: str, stream: bool, size: int | None) -> None:
    """However it is cut: 5 tokens of prompt, 2 of answer."""
    model, whole, streamed = NATIVE[api]
    answer = streamed if stream else whole
    gateway = a_gateway(model)

    sent, delivered = exchange(gateway, api, provided(answer, size), stream=stream)

    assert (answer.body, 200) == (delivered.body, delivered.status)
    assert b"identity" == sent.headers["accept-encoding"]
    cost = (5 * RATES[model].input + 2 * RATES[model].output) / 1e6
    assert (5, pytest.approx(cost)) == (learnt(gateway).cached_tokens, learnt(gateway).session_cost_usd)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_translated_answer_tells_its_tokens_too(stream: bool) -> None:
    """It is read anyway."""
    model, whole, streamed = NATIVE["messages"]
    gateway = a_gateway(model)
    exchange(gateway, "chat", provided(streamed if stream else whole), stream=stream)

    assert 5 == learnt(gateway).cached_tokens


@pytest.mark.parametrize(
    "answer",
    [
        provided(answers.error(500, {"error": {"message": "no"}})),
        provided(answers.json_answer({"object": "chat.completion"})),
        Provided(200, {"content-type": "text/html"}, (b"<html>",)),
        Provided(200, {"content-type": "application/json", "content-encoding": "zstd"}, (b"{}",)),
        Provided(204, {}),
        Provided(200, {"content-type": "application/json"}, (b'{"usage":',), trailers=True),
        provided(answers.openai_chat_stream(["a"])),
    ],
    ids=["error", "no usage", "no JSON", "unknown coding", "no body", "cut off", "Chat stream"],
)
def test_an_answer_that_tells_nothing_passes_as_well(answer: Provided) -> None:
    """The length of the prompt stays what it was thought to be."""
    gateway = a_gateway(GPT)

    _, delivered = exchange(gateway, "chat", answer)

    assert (answer.status, b"".join(answer.pieces)) == (delivered.status, delivered.body)
    assert (3, 0.0) == (learnt(gateway).cached_tokens, learnt(gateway).session_cost_usd)


def test_a_compressed_answer_is_read_all_the_same() -> None:
    """Some providers compress whatever they are asked."""
    gateway = a_gateway(GPT)
    answer = answers.openai_chat("Done.").gzipped()

    _, delivered = exchange(gateway, "chat", provided(answer, 9))

    assert (answer.body, 5) == (delivered.body, learnt(gateway).cached_tokens)


def test_without_a_budget_no_answer_is_looked_at() -> None:
    """It would cost every chunk a way through the gateway."""
    gateway = a_gateway(GPT, SessionSettings())

    sent, _ = exchange(gateway, "chat", provided(answers.openai_chat("Done.")))

    assert ["request_headers", "request_body", "response_headers"] == gateway.envoy.messages
    assert b"identity" != sent.headers.get("accept-encoding")


LONG = "You are a coding agent. " * 300
MARK = {"type": "ephemeral"}


def marked(**more: object) -> PromptCaching:
    return PromptCaching(session_affinity=False, **more)


def test_a_prompt_is_marked_for_the_model_that_was_chosen() -> None:
    """The client speaks Chat and asked for a model of OpenAI's, which wants no marks."""
    gateway = routed(chosen("code"), chosen("chatter"), prompt_caching=marked())
    body = asking()
    body["messages"] = [{"role": "system", "content": LONG}, *body["messages"]]

    claudes, openais = gateway.sent(body), gateway.sent(body)

    assert MARK == json.loads(claudes.body)["system"][-1]["cache_control"]
    assert b"cache_control" not in openais.body


def test_a_prompt_that_passes_is_marked_and_not_written_anew() -> None:
    """Marks and the model's name are put in; nothing else moves."""
    gateway = routed(preferences=[], prompt_caching=marked())
    text = json.dumps(LONG)
    body = f'{{ "model":"{CLAUDE}","temperature":1.0,"system":{text},"messages":[]}}'

    sent = gateway.sent(body, PATHS["messages"])

    block = f'[{{"type":"text","text":{text},"cache_control":{{"type":"ephemeral"}}}}]'
    expected = body.replace(CLAUDE, "claude-sonnet-4-5").replace(text, block)
    assert expected.encode() == sent.body
    assert str(len(sent.body)).encode() == sent.headers["content-length"]


@pytest.mark.parametrize(
    ("caching", "headers"),
    [
        (None, {}),
        (marked(inject_cache_control=False), {}),
        (marked(), {"x_plano_cache": "off"}),
        (marked(min_prefix_tokens=5000), {}),
    ],
    ids=["not enabled", "not wanted", "not for this request", "too short"],
)
def test_otherwise_no_prompt_is_marked(caching: PromptCaching | None, headers: dict[str, str]) -> None:
    gateway = routed(preferences=[], prompt_caching=caching)
    body = {"model": CLAUDE, "max_tokens": 9, "system": LONG, "messages": []}

    assert b"cache_control" not in gateway.sent(body, PATHS["messages"], **headers).body
