"""Asking a model: what is sent, what is made of its answer, and that nothing it does is an error."""

import asyncio
import gzip
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import ROUTER_ANSWER_BYTES_MAX
from extproc.outbound.port import Answered, NoOutbound, OutboundError
from extproc.routers.candidate import Candidate, Choice, Stage, Turn
from extproc.routers.router_model import RouterModel
from extproc.routing.models import Target
from extproc.testing.builders import a_provider
from tests.routers.doubles import Answer, ScriptedOutbound, raw, said

CANDIDATES = (Candidate("weather", "Forecasts"), Candidate("flights", "Flights"))
ASKED = (Turn("user", "Will it rain?"),)
WEATHER = said('{"route": ["weather"]}')


def target(model: str = "openai/gpt-4o-mini") -> Target:
    provider = a_provider(model)
    return Target(provider, provider.model)


def asked(answer: Answer, model: str = "openai/gpt-4o-mini") -> tuple[Choice, ScriptedOutbound]:
    outbound = ScriptedOutbound(answer)
    choice = asyncio.run(RouterModel(target(model), outbound).choose(ASKED, CANDIDATES))
    return choice, outbound


def test_a_chat_request_goes_to_the_models_provider() -> None:
    _, outbound = asked(WEATHER)

    ((cluster, path, headers, body, deadline_s),) = outbound.calls
    told = json.loads(body)
    assert ("openai_api.openai.com_443", "/v1/chat/completions", 3.0) == (cluster, path, deadline_s)
    assert "application/json" == headers["content-type"]
    assert {"model": "gpt-4o-mini", "temperature": 0.01} == {k: told[k] for k in told if k != "messages"}
    ((role, content),) = [(message["role"], message["content"]) for message in told["messages"]]
    assert "user" == role
    assert '"Will it rain?"' in content


def test_the_names_it_gives_are_a_sure_choice() -> None:
    choice, _ = asked(said('{"route": ["flights", "weather"]}'))

    assert (("flights", "weather"), Stage.MODEL, True) == (choice.names, choice.stage, choice.sure)
    assert "openai/gpt-4o-mini" in choice.reason
    assert choice.ms > 0


@pytest.mark.parametrize(
    "answer", [said('{"route": []}'), said(""), said(None), raw(b'{"choices": []}')], ids=str
)
def test_that_none_fits_is_never_sure(answer: Answered) -> None:
    """A follow-up fits none by itself: its conversation then stays where it was."""
    choice, _ = asked(answer)

    assert ((), Stage.MODEL, False) == (choice.names, choice.stage, choice.sure)
    assert choice.reason.endswith("says that none fits.")


def test_an_answer_that_only_thinks_names_nobody() -> None:
    thinking = {"role": "assistant", "content": None, "reasoning_content": '{"route": ["weather"]}'}

    choice, _ = asked(raw(json.dumps({"choices": [{"message": thinking}]}).encode()))

    assert () == choice.names


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (OutboundError("no answer within 3 s"), "failed: no answer within 3 s."),
        (said("", 500), "answered with status 500."),
        (raw(b'{"error": {"message": "bad key sk-1", "type": "x"}}', 401), "answered with status 401."),
        (raw(b'{"error": {"message": "busy", "code": 429}}'), "answered with status 429."),
        (raw(b"<html>"), "gave an answer that cannot be read."),
        (raw(b""), "gave an answer that cannot be read."),
        (raw(b"\xff\xfe"), "gave an answer that cannot be read."),
        (said("x", **{"content-encoding": "gzip"}), "gave an answer that cannot be read."),
        (said("x" * ROUTER_ANSWER_BYTES_MAX), "gave an answer that is too long."),
        (said("I cannot help with that."), "gave an answer without names."),
        (said('{"route": ["weath'), "gave an answer without names."),
    ],
)
def test_a_failure_is_a_choice_of_nobody_that_says_why(answer: Answer, why: str) -> None:
    choice, _ = asked(answer)

    assert ((), Stage.DEFAULT, False) == (choice.names, choice.stage, choice.sure)
    assert f"The router model openai/gpt-4o-mini {why}" == choice.reason


def test_without_a_way_out_it_fails_at_once() -> None:
    choice = asyncio.run(RouterModel(target(), NoOutbound()).choose(ASKED, CANDIDATES))

    assert Stage.DEFAULT == choice.stage


def test_a_fault_of_the_way_out_is_no_error_either(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Answer:
        raise ZeroDivisionError

    choice = asyncio.run(RouterModel(target(), ScriptedOutbound(broken)).choose(ASKED, CANDIDATES))

    assert Stage.DEFAULT == choice.stage
    assert "Traceback" in caplog.text


def test_nobody_is_asked_about_nothing() -> None:
    outbound = ScriptedOutbound(WEATHER)

    choice = asyncio.run(RouterModel(target(), outbound).choose((), CANDIDATES))

    assert ((), Stage.DEFAULT, []) == (choice.names, choice.stage, outbound.calls)


def test_a_compressed_answer_is_read() -> None:
    packed = gzip.compress(WEATHER.body)

    choice, _ = asked(raw(packed, **{"content-encoding": "gzip"}))

    assert ("weather",) == choice.names


ANSWERS: dict[str, tuple[str, dict[str, Any]]] = {
    "anthropic/claude-3-5-haiku": (
        "/v1/messages",
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": '{"route": ["weather"]}'}],
        },
    ),
    "amazon_bedrock/anthropic.claude-3": (
        "/model/anthropic.claude-3/converse",
        {"output": {"message": {"role": "assistant", "content": [{"text": '{"route": ["weather"]}'}]}}},
    ),
}


@pytest.mark.parametrize("model", ANSWERS)
def test_any_providers_api_will_do(model: str) -> None:
    expected, answer = ANSWERS[model]

    choice, outbound = asked(raw(json.dumps(answer).encode()), model)

    assert expected == outbound.calls[0][1]
    assert ("weather",) == choice.names


def test_a_model_that_reasons_is_told_no_temperature() -> None:
    """OpenAI's refuse it."""
    _, outbound = asked(WEATHER, "openai/gpt-5-mini")

    assert {"model", "messages"} == set(json.loads(outbound.calls[0][3]))


def test_a_character_that_utf8_cannot_say_is_replaced() -> None:
    outbound = ScriptedOutbound(WEATHER)

    choice = asyncio.run(RouterModel(target(), outbound).choose((Turn("user", "\ud800"),), CANDIDATES))

    assert ("weather",) == choice.names


def test_a_failure_is_logged_once_a_kind(caplog: pytest.LogCaptureFixture) -> None:
    """The provider's own words are in the log and not in the reason, which goes into traces and headers."""
    answers = [raw(b'{"error": {"message": "bad key"}}', 401)] * 3 + [OutboundError("no answer")] * 3
    router = RouterModel(target(), ScriptedOutbound(iter(answers).__next__))

    async def thrice_each() -> None:
        for _ in answers:
            await router.choose(ASKED, CANDIDATES)

    with caplog.at_level(logging.WARNING):
        asyncio.run(thrice_each())

    assert [
        "the router model openai/gpt-4o-mini answered with status 401: bad key",
        "the router model openai/gpt-4o-mini failed: no answer",
    ] == caplog.messages


@given(st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(str).map(str.encode))
def test_no_answer_raises(body: bytes) -> None:
    choice, _ = asked(raw(body))

    assert not choice.sure
