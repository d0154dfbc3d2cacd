"""Chat Completions answers and errors: read from whatever a vendor gives, written as OpenAI writes them."""

import contextlib
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from extproc.dialects.api import Api
from extproc.dialects.base import ProviderError
from extproc.dialects.openai_chat import DIALECT
from extproc.errors import InvalidRequest
from extproc.llm.parts import Reasoning, Refusal, Text, ToolCall
from extproc.llm.request import Request
from extproc.llm.response import Finish, Response, Usage

REQUEST = Request("asked", ())


def read(message=None, finish="stop", **fields) -> Response:
    choice = {"index": 0, "message": message or {}, "finish_reason": finish}
    return DIALECT.read_response({"choices": [choice], **fields})


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"role": "assistant", "content": "a"}, [Text("a")]),
        ({"content": None}, []),
        ({"content": ""}, []),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, [Text("ab")]),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, {"text": "a"}]},
            [Reasoning("t"), Text("a")],
        ),
        ({"content": "a", "reasoning_content": "t"}, [Reasoning("t"), Text("a")]),
        ({"content": "a", "reasoning": "t"}, [Reasoning("t"), Text("a")]),
        ({"content": "a", "reasoning": {"odd": 1}}, [Text("a")]),
        ({"content": None, "refusal": "no"}, [Refusal("no")]),
        ({"content": "a", "tool_calls": [CALL]}, [Text("a"), ToolCall("call_1", "f", '{"a":1}')]),
        (
            {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
            [ToolCall("call_x_0", "f", '{"a":1}')],
        ),
        (
            {"tool_calls": [{"id": "c", "custom": {"name": "f", "input": "x"}}]},
            [ToolCall("c", "f", "x", custom=True)],
        ),
        ({"function_call": {"name": "f", "arguments": "{}"}}, [ToolCall("call_x_0", "f", "{}")]),
        ({"tool_calls": None, "content": "a"}, [Text("a")]),
        ({"audio": {"id": "a", "data": "AA==", "transcript": "spoken"}}, [Text("spoken")]),
        (
            {
                "reasoning": "t",
                "reasoning_details": [
                    {
                        "type": "reasoning.text",
                        "text": "t",
                        "signature": "s",
                        "format": "anthropic-claude-v1",
                    },
                    {"type": "reasoning.encrypted", "data": "d", "format": "anthropic-claude-v1"},
                ],
            },
            [
                Reasoning("t", "s", origin=Api.MESSAGES),
                Reasoning(redacted="d", origin=Api.MESSAGES),
            ],
        ),
        (
            {
                "reasoning_details": [
                    {
                        "type": "reasoning.summary",
                        "summary": "t",
                        "id": "rs_1",
                        "format": "openai-responses-v1",
                    },
                    {
                        "type": "reasoning.encrypted",
                        "data": "d",
                        "id": "rs_1",
                        "format": "openai-responses-v1",
                    },
                ]
            },
            [Reasoning("t", "d", id="rs_1", origin=Api.RESPONSES)],
        ),
    ],
)
def test_a_message_is_read(message, parts) -> None:
    assert tuple(parts) == read(message, id="chatcmpl-x").parts


@pytest.mark.parametrize(
    ("finish", "message", "expected"),
    [
        ("stop", {}, Finish.STOP),
        ("length", {}, Finish.LENGTH),
        ("content_filter", {}, Finish.CONTENT_FILTER),
        ("tool_calls", {"tool_calls": [CALL]}, Finish.TOOL_CALLS),
        ("function_call", {"tool_calls": [CALL]}, Finish.TOOL_CALLS),
        ("stop", {"tool_calls": [CALL]}, Finish.TOOL_CALLS),
        ("eos", {"tool_calls": [CALL]}, Finish.TOOL_CALLS),
        ("length", {"tool_calls": [CALL]}, Finish.LENGTH),
        ("tool_calls", {}, Finish.STOP),
        ("eos", {}, Finish.STOP),
        ("insufficient_system_resource", {}, Finish.STOP),
        (None, {}, Finish.STOP),
        (7, {}, Finish.STOP),
        ("MAX_TOKENS", {}, Finish.LENGTH),
        ("model_length", {}, Finish.CONTEXT),
        ("sensitive", {}, Finish.CONTENT_FILTER),
    ],
)
def test_a_finish_reason_is_read(finish, message, expected) -> None:
    assert expected == read(message, finish).finish


def test_vllm_tells_the_stop_sequence() -> None:
    response = DIALECT.read_response({"choices": [{"finish_reason": "stop", "stop_reason": "END"}]})
    assert (Finish.STOP_SEQUENCE, "END") == (response.finish, response.stop_sequence)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, None),
        ({}, None),
        ("odd", None),
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, Usage(1, 2)),
        ({"prompt_tokens": 1, "completion_tokens": 2}, Usage(1, 2)),
        ({"prompt_tokens": None, "completion_tokens": 2.0}, Usage(0, 2)),
        ({"completion_tokens": 2, "total_tokens": 9}, Usage(7, 2)),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 15,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
            Usage(10, 5, 4, 3, 2),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_cache_hit_tokens": 4}, Usage(10, 5, 4)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 4}, Usage(10, 5, 4)),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "cache_read_input_tokens": 4,
                "cache_creation_input_tokens": 3,
            },
            Usage(10, 5, 4, 3),
        ),
        # xAI: reasoning beside the completion, and in the total.
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 35,
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            Usage(10, 25, reasoning_tokens=20),
        ),
    ],
)
def test_usage_is_read(usage, expected) -> None:
    assert expected == read(usage=usage).usage


def test_the_bare_minimum_is_read() -> None:
    assert Response("", "", (), Finish.STOP) == DIALECT.read_response({"choices": []})


def test_what_is_not_held_is_told() -> None:
    choices = [{"message": {"content": "a", "audio": {}}, "logprobs": {}}, {"message": {}}]
    response = DIALECT.read_response({"choices": choices, "system_fingerprint": "fp"})
    assert (
        "system_fingerprint",
        "choices[1]",
        "choices[0].logprobs",
        "choices[0].message.audio",
    ) == response.unmodelled


def test_created_may_be_a_float() -> None:
    assert 1740000000 == read(created=1740000000.25).created


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
CITATION = st.builds(
    lambda start, title: {
        "type": "url_citation",
        "start_index": start,
        "end_index": start + 1,
        "title": title,
        "url": "https://example.com",
    },
    st.integers(0, 9),
    TEXTS,
)
REASONING = st.one_of(
    st.builds(Reasoning, TEXTS),
    st.builds(Reasoning, TEXTS, TEXTS, origin=st.sampled_from([Api.MESSAGES.value, Api.CONVERSE.value])),
    st.builds(Reasoning, redacted=TEXTS, origin=st.just(Api.MESSAGES.value)),
    st.builds(Reasoning, TEXTS, TEXTS, id=TEXTS, origin=st.just(Api.RESPONSES.value)),
)
CALLS = st.builds(ToolCall, TEXTS, TEXTS, st.just('{"a":1}'), st.booleans())
COUNTS = st.integers(0, 1000)


@st.composite
def responses(draw):
    """What the Chat Completions API can say."""
    calls = draw(st.lists(CALLS, max_size=2))
    texts = draw(
        st.lists(st.builds(Text, TEXTS, annotations=st.lists(CITATION, max_size=2).map(tuple)), max_size=1)
    )
    parts = [
        *draw(st.lists(REASONING, max_size=1)),
        *texts,
        *draw(st.lists(st.builds(Refusal, TEXTS), max_size=1)),
        *calls,
    ]
    ends = (
        [Finish.TOOL_CALLS, Finish.LENGTH] if calls else [Finish.STOP, Finish.LENGTH, Finish.CONTENT_FILTER]
    )
    return Response(
        id=draw(TEXTS),
        model=draw(TEXTS),
        parts=tuple(parts),
        finish=draw(st.sampled_from(ends)),
        created=draw(st.integers(1, 2**40)),
        usage=draw(st.none() | st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)),
        service_tier=draw(st.none() | st.just("flex")),
    )


@given(response=responses())
def test_what_is_written_is_read_again(response: Response) -> None:
    assert response == DIALECT.read_response(DIALECT.write_response(response, REQUEST))


@given(response=responses())
def test_the_official_type_takes_what_is_written(response: Response) -> None:
    written = ChatCompletion.model_validate(DIALECT.write_response(response, REQUEST), strict=True)
    assert response.id == written.id


def test_an_answer_without_id_model_and_time_gets_them() -> None:
    written = ChatCompletion.model_validate(
        DIALECT.write_response(Response("", "", (), Finish.PAUSE, service_tier="standard"), REQUEST)
    )
    assert written.id.startswith("chatcmpl-")
    assert ("asked", "stop", None) == (written.model, written.choices[0].finish_reason, written.service_tier)
    assert written.created > 1_700_000_000


def test_texts_are_one_text_and_their_citations_move_with_them() -> None:
    cited = {"type": "url_citation", "start_index": 1, "end_index": 2, "title": "t", "url": "u"}
    parts = (Text("abc"), Text("def", annotations=(cited, {"type": "file_citation"})))
    written = ChatCompletion.model_validate(
        DIALECT.write_response(Response("i", "m", parts, Finish.STOP), REQUEST)
    )
    message = written.choices[0].message
    assert "abcdef" == message.content
    assert [(4, 5)] == [
        (note.url_citation.start_index, note.url_citation.end_index) for note in message.annotations or []
    ]


def test_a_client_of_the_deprecated_functions_gets_a_function_call() -> None:
    call = ToolCall("a", "f", "")
    request = Request("m", (), functions_deprecated=True)
    written = ChatCompletion.model_validate(
        DIALECT.write_response(Response("i", "m", (call,), Finish.TOOL_CALLS), request)
    )
    choice = written.choices[0]
    assert "function_call" == choice.finish_reason
    assert choice.message.function_call is not None
    assert ("f", "{}") == (choice.message.function_call.name, choice.message.function_call.arguments)
    assert choice.message.tool_calls is None


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            400,
            b'{"error":{"message":"m","type":"invalid_request_error","param":"p","code":"c"}}',
            ProviderError(400, "m", "invalid_request_error", "c", "p"),
        ),
        (400, b'[{"error":{"code":400,"message":"m","status":"S"}}]', ProviderError(400, "m", "S", "400")),
        (404, b'{"error":"m"}', ProviderError(404, "m")),
        (404, b'{"error":"m","code":"c"}', ProviderError(404, "m", code="c")),
        (422, b'{"detail":"m"}', ProviderError(422, "m")),
        (422, b'{"detail":[{"loc":["a"]}]}', ProviderError(422, '[{"loc":["a"]}]')),
        (
            400,
            b'{"object":"error","message":"m","type":"t","code":40303}',
            ProviderError(400, "m", "t", "40303"),
        ),
        (500, b'"m"', ProviderError(500, "m")),
        (502, b"<html>", ProviderError(502, "<html>")),
        (502, b"\xff", ProviderError(502, "\ufffd")),
        (503, b"", ProviderError(503, "The provider answered 503 Service Unavailable.")),
        (599, b"{}", ProviderError(599, "The provider answered 599.")),
        (500, b"[]", ProviderError(500, "The provider answered 500 Internal Server Error.")),
    ],
)
def test_an_error_is_read(status: int, body: bytes, error: ProviderError) -> None:
    assert error == DIALECT.read_error(status, body)


_KEYS = """
    choices message content tool_calls function name arguments usage error prompt_tokens
    total_tokens prompt_tokens_details type text thinking annotations reasoning_details
    finish_reason stop_reason id created audio url_citation
"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS.split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(body=JSON)
def test_no_answer_is_too_strange(body: typing.Any) -> None:
    """Whatever it is, it is read and can be written, or is refused; any other exception is a fault."""
    with contextlib.suppress(InvalidRequest):
        response = DIALECT.read_response(body)
        ChatCompletion.model_validate(DIALECT.write_response(response, REQUEST))


@given(body=st.binary() | JSON.map(lambda value: repr(value).encode()))
def test_no_error_is_too_strange(body: bytes) -> None:
    assert DIALECT.read_error(500, body).message
