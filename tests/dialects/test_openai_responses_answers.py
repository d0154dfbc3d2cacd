"""Whole answers of the Responses API."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response as SdkResponse

from extproc.dialects.openai_responses import DIALECT
from extproc.errors import ProviderFailed
from extproc.llm.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall
from extproc.llm.request import (
    Message,
    OutputFormat,
    ReasoningConfig,
    Request,
    Role,
    Tool,
    ToolChoice,
    ToolMode,
)
from extproc.llm.response import Finish, Response, Usage
from tests.dialects.responses_sdk import ASKED, client
from tests.dialects.responses_strategies import requests, responses

ORIGIN = "openai_responses"


def answer(*parts: Part, finish: Finish = Finish.STOP, **fields: Any) -> dict[str, Any]:
    """What a client gets for an answer with these parts."""
    return DIALECT.write_response(Response("resp_1", "m", parts, finish, 1, **fields), ASKED)


@given(responses(), requests)
def test_what_is_written_is_read_again_and_the_sdk_takes_it(response: Response, request_: Request) -> None:
    """Whatever was asked."""
    body = DIALECT.write_response(response, request_)
    SdkResponse.model_validate_json(msgspec.json.encode(body), strict=True)
    assert response == DIALECT.read_response(body)


def test_the_sdk_reads_an_answer() -> None:
    """Through its client, as users do."""
    body = answer(Text("Hello "), Text("you"), ToolCall("c", "f", '{"a":1}'), usage=Usage(3, 2))
    got = client(msgspec.json.encode(body), "application/json").responses.create(model="m", input="Hi")
    assert "Hello you" == got.output_text
    assert ["message", "function_call"] == [item.type for item in got.output]
    assert got.usage is not None
    assert 5 == got.usage.total_tokens


@pytest.mark.parametrize(
    ("finish", "status", "reason"),
    [
        (Finish.STOP, "completed", None),
        (Finish.STOP_SEQUENCE, "completed", None),
        (Finish.TOOL_CALLS, "completed", None),
        (Finish.PAUSE, "completed", None),
        (Finish.LENGTH, "incomplete", "max_output_tokens"),
        (Finish.CONTEXT, "incomplete", "max_output_tokens"),
        (Finish.CONTENT_FILTER, "incomplete", "content_filter"),
    ],
)
def test_finish(finish: Finish, status: str, reason: str | None) -> None:
    """Every reason has a status, and the last item has it too."""
    body = answer(Text("a"), finish=finish)
    assert status == body["status"] == body["output"][0]["status"]
    assert reason == (body["incomplete_details"] or {}).get("reason")
    assert (status == "completed") == (body["completed_at"] is not None)


def test_every_finish_has_a_row() -> None:
    """The table above is whole."""
    [mark] = test_finish.pytestmark
    assert set(Finish) == {row[0] for row in mark.args[1]}


@pytest.mark.parametrize(
    ("body", "finish"),
    [
        ({"status": "completed"}, Finish.STOP),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, Finish.LENGTH),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, Finish.CONTENT_FILTER),
        ({"status": "incomplete", "incomplete_details": {"reason": "steered"}}, Finish.LENGTH),
        ({"status": "incomplete"}, Finish.LENGTH),
        ({"status": "vendor"}, Finish.STOP),
        ({}, Finish.STOP),
        (
            {"output": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]},
            Finish.TOOL_CALLS,
        ),
    ],
)
def test_read_finish(body: dict[str, Any], finish: Finish) -> None:
    """Total: an unknown status is STOP, and calls make it TOOL_CALLS."""
    assert finish == DIALECT.read_response(body).finish


def test_the_request_is_repeated() -> None:
    """Clients look there for what held."""
    request = Request(
        "asked",
        (Message(Role.SYSTEM, (Text("Be brief."),)), Message(Role.USER, (Text("Hi"),))),
        (Tool("f", "d", {"type": "object"}, strict=True),),
        ToolChoice(ToolMode.REQUIRED, "f"),
        parallel_tool_calls=False,
        output_tokens_max=50,
        temperature=0.1,
        top_p=0.2,
        output_format=OutputFormat({"type": "object"}, "n"),
        verbosity="low",
        reasoning=ReasoningConfig("low", summary="auto"),
        user="u",
        metadata={"a": "b"},
    )
    body = DIALECT.write_response(Response("", "", (), Finish.STOP, 1), request)
    expected = {
        "instructions": "Be brief.",
        "max_output_tokens": 50,
        "metadata": {"a": "b"},
        "model": "asked",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low", "summary": "auto"},
        "temperature": 0.1,
        "text": {
            "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}},
            "verbosity": "low",
        },
        "tool_choice": {"type": "function", "name": "f"},
        "tools": [
            {
                "type": "function",
                "name": "f",
                "description": "d",
                "parameters": {"type": "object"},
                "strict": True,
            }
        ],
        "top_p": 0.2,
        "user": "u",
    }
    assert expected == {key: body[key] for key in expected}
    assert body["id"].startswith("resp_")


@pytest.mark.parametrize(
    ("given_id", "expected"),
    [
        ("resp_abc", "resp_abc"),
        ("chatcmpl-Ab3-x", "resp_Ab3x"),
        ("msg_01X", "resp_01X"),
        ("x" * 100, "resp_" + "x" * 48),
    ],
)
def test_ids(given_id: str, expected: str) -> None:
    """The provider's own, or one made from it, with this API's prefix and length."""
    body = DIALECT.write_response(Response(given_id, "m", (Text("a"),), Finish.STOP), ASKED)
    assert expected == body["id"]
    assert body["output"][0]["id"].startswith("msg_")


def test_missing_call_ids_are_made() -> None:
    """Two calls without ids are still told apart."""
    body = answer(ToolCall("", "f", ""), ToolCall("", "f", ""))
    first, second = body["output"]
    assert first["call_id"] != second["call_id"]
    assert "{}" == first["arguments"]


def test_another_apis_signature_comes_back() -> None:
    """In ``encrypted_content``, through the client."""
    thought = Reasoning("hm", signature="SIG", origin="anthropic_messages")
    hidden = Reasoning(redacted="R", origin="anthropic_messages")
    body = answer(thought, hidden, Text("a"))
    again = DIALECT.read_request({"model": "m", "input": body["output"]})
    assert (thought, hidden, Text("a")) == again.messages[0].parts


def test_reasoning_without_words_or_worth_is_no_part() -> None:
    """Models that think unasked say that they did, and nothing else."""
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    assert () == DIALECT.read_response({"output": [item]}).parts


def test_words_that_follow_each_other_are_one_message() -> None:
    """Calls part them."""
    body = answer(Text("a"), Refusal("b"), ToolCall("c", "f", "{}"), Text("d"))
    assert ["message", "function_call", "message"] == [item["type"] for item in body["output"]]
    assert ["output_text", "refusal"] == [part["type"] for part in body["output"][0]["content"]]


def test_foreign_blocks_of_an_answer_are_not_shown() -> None:
    """The client's API has no word for them."""
    assert [] == answer(Opaque("anthropic_messages", "content[0]", "server_tool_use", {}))["output"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"status": "failed", "error": {"code": "server_error", "message": "Boom"}}, "Boom"),
        ({"status": "failed"}, "The provider's answer is failed."),
        ({"status": "cancelled", "error": None}, "The provider's answer is cancelled."),
    ],
)
def test_a_failed_answer_is_no_answer(body: dict[str, Any], message: str) -> None:
    """It comes with status 200, and must not look like an empty success."""
    with pytest.raises(ProviderFailed) as caught:
        DIALECT.read_response(body)
    assert message == caught.value.message


@pytest.mark.parametrize(
    "item",
    [
        {"type": "web_search_call", "id": "ws"},
        {"type": "message", "content": "no array"},
        {"type": "function_call"},
        {},
    ],
)
def test_items_that_cannot_be_read_are_opaque(item: dict[str, Any]) -> None:
    """The rest of the answer is read all the same."""
    words = {"type": "message", "content": [{"type": "output_text", "text": "a"}]}
    parts = DIALECT.read_response({"output": [item, words, 3]}).parts
    assert (Opaque(ORIGIN, "output[0]", item.get("type", ""), item), Text("a")) == parts


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, None),
        ({}, Usage(0, 0)),
        ({"input_tokens": 3, "output_tokens": None}, Usage(3, 0)),
        (
            {
                "input_tokens": 9,
                "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
                "output_tokens": 5,
                "output_tokens_details": {"reasoning_tokens": 2},
            },
            Usage(9, 5, 4, 1, 2),
        ),
    ],
)
def test_usage(usage: object, expected: Usage | None) -> None:
    """Input counts the cached, output the reasoning, as they do here."""
    assert expected == DIALECT.read_response({"usage": usage}).usage


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ["message", "function_call", "custom_tool_call", "reasoning", "output_text"]
                )
            },
            optional=dict.fromkeys(
                ("content", "summary", "text", "call_id", "name", "arguments", "id"), inner
            ),
        )
    ),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "output", "usage", "created_at", "model", "incomplete_details"]), _ANY
    )
)
def test_reading_an_answer_never_fails(body: dict[str, Any]) -> None:
    """A provider's oddity must not cost the client its answer."""
    DIALECT.read_response(body)


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (b'{"error":{"message":"No","type":"t","code":"c","param":"p"}}', "No", "c"),
        (b'{"detail":"Unsupported"}', "Unsupported", None),
        (b"<html>", "<html>", None),
    ],
)
def test_read_error(body: bytes, message: str, code: str | None) -> None:
    """Error answers, JSON or not."""
    error = DIALECT.read_error(429, body)
    assert (429, message, code) == (error.status, error.message, error.code)
