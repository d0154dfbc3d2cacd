"""Whole answers of Messages, read and written; the official SDK parses what is written."""

import pytest
from anthropic.types import Message as SdkMessage
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.anthropic_messages import DIALECT
from extproc.dialects.base import ProviderError
from extproc.llm.parts import Reasoning, Refusal, Text, ToolCall
from extproc.llm.request import Request
from extproc.llm.response import Finish, Response, Usage

ASKED = Request("claude-asked", ())


def write(response):
    body = DIALECT.write_response(response, ASKED)
    SdkMessage.model_validate(body, strict=True)
    return body


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PARTS = st.one_of(
    st.builds(Text, TEXT),
    st.builds(Reasoning, TEXT, TEXT, origin=st.just("anthropic_messages")),
    st.builds(Reasoning, TEXT),
    st.builds(Reasoning, redacted=TEXT, origin=st.just("anthropic_messages")),
    st.builds(Reasoning, st.text(max_size=3), TEXT, id=TEXT, origin=st.just("openai_responses")),
    st.builds(Reasoning, redacted=TEXT, origin=st.just("bedrock_converse")),
    st.builds(ToolCall, TEXT, TEXT, st.sampled_from(["{}", '{"city":"Zürich"}'])),
)
COUNTS = st.integers(0, 10_000)


@st.composite
def usages(draw):
    read, created, rest, output = (draw(COUNTS) for _ in range(4))
    return Usage(read + created + rest, output, read, created, draw(st.integers(0, output)))


RESPONSES = st.builds(
    Response,
    id=TEXT.map("msg_{}".format),
    model=TEXT,
    parts=st.lists(PARTS, max_size=4).map(tuple),
    finish=st.sampled_from(Finish),
    stop_sequence=st.one_of(st.none(), TEXT),
    usage=usages(),
    service_tier=st.sampled_from([None, "default", "priority", "batch"]),
)


@given(RESPONSES)
def test_what_is_written_is_read_back(response):
    assert response == DIALECT.read_response(write(response))


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["text", "tool_use"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "text", "id", "name", "input", "citations", "content", "usage", "data"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["id", "model", "content", "usage", "stop_reason"]), JSON))
def test_any_answer_is_read_and_reaches_the_client(body):
    write(DIALECT.read_response(body))


@pytest.mark.parametrize(
    ("reason", "content", "expected"),
    [
        ("end_turn", [], Finish.STOP),
        ("max_tokens", [], Finish.LENGTH),
        ("stop_sequence", [], Finish.STOP_SEQUENCE),
        ("tool_use", [], Finish.TOOL_CALLS),
        ("pause_turn", [], Finish.PAUSE),
        ("refusal", [], Finish.CONTENT_FILTER),
        ("model_context_window_exceeded", [], Finish.CONTEXT),
        ("some_new_reason", [], Finish.STOP),
        (None, [], Finish.STOP),
        ("some_new_reason", [{"type": "tool_use", "id": "a", "name": "f", "input": {}}], Finish.TOOL_CALLS),
    ],
)
def test_every_stop_reason_is_read(reason, content, expected):
    assert expected is DIALECT.read_response({"stop_reason": reason, "content": content}).finish


def test_cached_tokens_are_part_of_the_input():
    usage = {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3}
    usage |= {"output_tokens": 7, "output_tokens_details": {"thinking_tokens": 2}, "service_tier": "standard"}
    response = DIALECT.read_response({"usage": usage})
    assert (Usage(18, 7, 5, 3, 2), "default") == (response.usage, response.service_tier)


def test_blocks_of_server_tools_are_passed_over_and_told():
    content = [
        {"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}},
        {"type": "text", "text": "found"},
    ]
    response = DIALECT.read_response({"content": content, "container": {"id": "c"}})
    assert ((Text("found"),), ("container", "content[0]")) == (response.parts, response.unmodelled)


def test_citations_cross_in_both_directions():
    citation = {
        "type": "web_search_result_location",
        "cited_text": "abc",
        "encrypted_index": "",
        "title": "A",
        "url": "https://a.example",
    }
    body = {"content": [{"type": "text", "text": "abc", "citations": [citation]}]}
    response = DIALECT.read_response(body)
    note = {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 3,
    }
    assert (Text("abc", annotations=(note,)),) == response.parts
    assert body["content"] == write(response)["content"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (
            {"type": "char_location", "document_title": "d.pdf", "document_index": 0, "file_id": "file_1"},
            {"type": "file_citation", "file_id": "file_1", "filename": "d.pdf", "index": 2},
        ),
        (
            {"type": "page_location", "document_title": None, "document_index": 0},
            {"type": "file_citation", "file_id": "", "filename": "", "index": 2},
        ),
        (
            {"type": "search_result_location", "source": "https://a.example", "title": None},
            {
                "type": "url_citation",
                "url": "https://a.example",
                "title": "https://a.example",
                "start_index": 0,
                "end_index": 2,
            },
        ),
    ],
)
def test_every_kind_of_citation_is_read(location, expected):
    response = DIALECT.read_response({"content": [{"type": "text", "text": "ab", "citations": [location]}]})
    assert (Text("ab", annotations=(expected,)),) == response.parts


def test_an_answer_without_id_model_and_usage_is_whole_all_the_same():
    body = write(Response("", "", (Text("hi"),), Finish.STOP))
    assert body["id"].startswith("msg_")
    assert ("claude-asked", 0, 0) == (
        body["model"],
        body["usage"]["input_tokens"],
        body["usage"]["output_tokens"],
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [("msg_1", "msg_1"), ("chatcmpl-1", "msg_1"), ("resp_1", "msg_1"), ("gen-1", "msg_gen-1")],
)
def test_the_id_is_the_providers_with_the_apis_prefix(given, expected):
    assert expected == write(Response(given, "", (), Finish.STOP))["id"]


def test_a_refusal_in_words_is_text_and_the_reason_why_it_ended():
    body = write(Response("", "", (Refusal("I cannot."),), Finish.STOP))
    assert ([{"type": "text", "text": "I cannot."}], "refusal") == (body["content"], body["stop_reason"])


def test_arguments_that_are_no_object_reach_the_client():
    body = write(Response("", "", (ToolCall("a", "f", '{"cut": '),), Finish.TOOL_CALLS))
    assert {"_raw": '{"cut": '} == body["content"][0]["input"]


def test_thinking_of_another_api_comes_back_to_it_alone():
    thought = Reasoning("t", "gAAAA", id="rs_1", origin="openai_responses")
    block = write(Response("", "", (thought,), Finish.STOP))["content"][0]
    request = DIALECT.read_request({"model": "m", "messages": [{"role": "assistant", "content": [block]}]})
    assert (thought,) == request.messages[0].parts


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
            ProviderError(529, "Overloaded", "overloaded_error"),
        ),
        (b'{"error":"no such model"}', ProviderError(529, "no such model")),
        (b"<html>Bad gateway</html>", ProviderError(529, "<html>Bad gateway</html>")),
        (b"", ProviderError(529, "The provider answered with status 529.")),
        (b'{"error":{"type":5,"message":null}}', ProviderError(529, '{"error":{"type":5,"message":null}}')),
    ],
)
def test_an_error_is_read_whatever_its_body_is(body, expected):
    assert expected == DIALECT.read_error(529, body)
