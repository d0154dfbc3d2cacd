"""Answers of Bedrock Converse, whole and streamed, read."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.base import ProviderError
from extproc.dialects.bedrock_converse import DIALECT
from extproc.llm import eventstream
from extproc.llm.events import (
    Delta,
    Failed,
    Finished,
    PartEnded,
    PartKind,
    PartStarted,
    Started,
)
from extproc.llm.parts import Reasoning, Text, ToolCall
from extproc.llm.response import Finish, Response, Usage


def answer(*content, **fields):
    return DIALECT.read_response(
        {"output": {"message": {"role": "assistant", "content": list(content)}}, **fields}
    )


def test_an_answer_is_read():
    citation = {"title": "A", "location": {"web": {"url": "https://a.example", "domain": "a.example"}}}
    response = answer(
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        {"reasoningContent": {"redactedContent": "eA=="}},
        {"text": "hi"},
        {"citationsContent": {"content": [{"text": "ab"}, {"text": "c"}], "citations": [citation]}},
        {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"x": 1}}},
        {"toolUse": {"toolUseId": "t2", "name": "g", "input": {}, "type": "server_tool_use"}},
        stopReason="tool_use",
        usage={"inputTokens": 10, "outputTokens": 4, "totalTokens": 19, "cacheReadInputTokens": 5},
        metrics={"latencyMs": 1},
        serviceTier={"type": "flex"},
        trace={"promptRouter": {"invokedModelId": "arn:aws:bedrock:x"}},
    )
    note = {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 3,
    }
    expected = Response(
        "",
        "arn:aws:bedrock:x",
        (
            Reasoning("hm", "s", origin="bedrock_converse"),
            Reasoning(redacted="eA==", origin="bedrock_converse"),
            Text("hi"),
            Text("abc", annotations=(note,)),
            ToolCall("t1", "f", '{"x":1}'),
        ),
        Finish.TOOL_CALLS,
        usage=Usage(15, 4, 5),
        service_tier="flex",
        unmodelled=("trace", "output.message.content[5]"),
    )
    assert expected == response


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", Finish.STOP),
        ("tool_use", Finish.TOOL_CALLS),
        ("max_tokens", Finish.LENGTH),
        ("stop_sequence", Finish.STOP_SEQUENCE),
        ("guardrail_intervened", Finish.CONTENT_FILTER),
        ("content_filtered", Finish.CONTENT_FILTER),
        ("model_context_window_exceeded", Finish.CONTEXT),
        ("malformed_model_output", Finish.STOP),
        ("malformed_tool_use", Finish.STOP),
        ("new_reason", Finish.STOP),
        (None, Finish.STOP),
    ],
)
def test_every_stop_reason_is_read(reason, expected):
    assert expected is answer(stopReason=reason).finish


def test_the_stop_sequence_is_found_among_the_models_own_fields():
    response = answer(stopReason="stop_sequence", additionalModelResponseFields={"stop_sequence": "END"})
    assert "END" == response.stop_sequence


def test_a_document_that_is_cited_is_a_file_citation():
    citation = {"title": "d.pdf", "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}}}
    (part,) = answer({"citationsContent": {"content": [{"text": "ab"}], "citations": [citation]}}).parts
    note = {"type": "file_citation", "file_id": "", "filename": "d.pdf", "index": 2}
    assert Text("ab", annotations=(note,)) == part


KEYS = ["output", "message", "content", "text", "toolUse", "input", "usage", "stopReason", "reasoningContent"]
KEYS += [
    "citationsContent",
    "citations",
    "location",
    "web",
    "url",
    "inputTokens",
    "delta",
    "start",
    "contentBlockIndex",
]
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_answer_is_read(body):
    assert "" == DIALECT.read_response(body).id


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"message":"Too many requests"}', ProviderError(429, "Too many requests")),
        (
            b'{"__type":"com.amazon#ThrottlingException","Message":"slow"}',
            ProviderError(429, "slow", "ThrottlingException"),
        ),
        (b"nope", ProviderError(429, "nope")),
        (b"", ProviderError(429, "The provider answered with status 429.")),
    ],
)
def test_an_error_is_read_whatever_its_body_is(body, expected):
    assert expected == DIALECT.read_error(429, body)


# Streams


def frame(kind, **payload):
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return eventstream.encode(headers, msgspec.json.encode(payload))


def exception(kind, message):
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return eventstream.encode(headers, msgspec.json.encode({"message": message}))


def decode(stream, cuts=()):
    decoder = DIALECT.stream_decoder()
    events, start = [], 0
    for end in [*sorted(cuts), len(stream)]:
        events += decoder.feed(stream[start:end])
        start = max(start, end)
    return events + decoder.close()


START = frame("messageStart", role="assistant")
HELLO = frame("contentBlockDelta", contentBlockIndex=0, delta={"text": "hello"}, p="abcd")
STOP_BLOCK = frame("contentBlockStop", contentBlockIndex=0)
STOP = frame("messageStop", stopReason="end_turn")
USAGE = frame(
    "metadata", usage={"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, metrics={"latencyMs": 1}
)

SAID = [PartStarted(0, PartKind.TEXT), Delta(0, "hello"), PartEnded(0)]
FINISHED = Finished(Finish.STOP, Usage(3, 2))
BROKEN = Failed("The provider's answer broke off before its end.")


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([START, HELLO, STOP_BLOCK, STOP, USAGE], [Started(), *SAID, FINISHED]),
        ([START, HELLO, STOP, USAGE, HELLO], [Started(), *SAID, FINISHED]),
        ([HELLO, STOP_BLOCK, STOP], [Started(), *SAID, Finished(Finish.STOP)]),
        ([START, frame("newEvent"), HELLO, STOP_BLOCK], [Started(), *SAID, BROKEN]),
        ([START, HELLO, STOP[:-1]], [Started(), *SAID[:2], Failed("The stream ended inside a frame.")]),
        ([STOP, USAGE], [Started(), FINISHED]),
        ([START, HELLO, STOP, USAGE[:-1] + b"x"], [Started(), *SAID, Finished(Finish.STOP)]),
        ([], [BROKEN]),
    ],
)
def test_the_order_of_events_holds_whatever_the_provider_sends(frames, expected):
    assert expected == decode(b"".join(frames))


def test_thinking_and_parallel_tool_calls_are_read():
    def delta(index, **what):
        return frame("contentBlockDelta", contentBlockIndex=index, delta=what)

    def stop(index):
        return frame("contentBlockStop", contentBlockIndex=index)

    def tool(index, name):
        start = {"toolUse": {"toolUseId": f"id{index}", "name": name}}
        return frame("contentBlockStart", contentBlockIndex=index, start=start)

    frames = [
        START,
        *(delta(0, reasoningContent={"text": "hm"}), delta(0, reasoningContent={"signature": "s"}), stop(0)),
        *(delta(1, reasoningContent={"redactedContent": "eA=="}), stop(1)),
        *(tool(2, "f"), tool(3, "g")),
        *(delta(3, toolUse={"input": "{}"}), delta(2, toolUse={"input": '{"x"'}), stop(3)),
        *(delta(2, toolUse={"input": ":1}"}), stop(2)),
        frame("messageStop", stopReason="tool_use"),
        USAGE,
    ]
    expected = [
        Started(),
        *(PartStarted(0, PartKind.REASONING), Delta(0, "hm"), PartEnded(0, "s", origin="bedrock_converse")),
        *(PartStarted(1, PartKind.REASONING), PartEnded(1, redacted="eA==", origin="bedrock_converse")),
        PartStarted(2, PartKind.TOOL_CALL, "id2", "f"),
        PartStarted(3, PartKind.TOOL_CALL, "id3", "g"),
        *(Delta(3, "{}"), Delta(2, '{"x"'), PartEnded(3), Delta(2, ":1}"), PartEnded(2)),
        Finished(Finish.TOOL_CALLS, Usage(3, 2)),
    ]
    assert expected == decode(b"".join(frames))


def test_server_tools_are_passed_over_and_leave_no_gap():
    start = {"toolUse": {"toolUseId": "s", "name": "search", "type": "server_tool_use"}}
    frames = [
        START,
        frame("contentBlockStart", contentBlockIndex=0, start=start),
        frame("contentBlockDelta", contentBlockIndex=0, delta={"toolUse": {"input": "{}"}}),
        STOP_BLOCK,
        frame("contentBlockDelta", contentBlockIndex=1, delta={"text": "hello"}),
        frame("contentBlockStop", contentBlockIndex=1),
        STOP,
        USAGE,
    ]
    assert [Started(), *SAID, FINISHED] == decode(b"".join(frames))


def test_citations_are_told_at_the_end_of_their_text():
    citation = {"title": "A", "location": {"web": {"url": "https://a.example"}}}
    cited = frame("contentBlockDelta", contentBlockIndex=0, delta={"citation": citation})
    note = {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 5,
    }
    assert PartEnded(0, annotations=(note,)) in decode(START + HELLO + cited + STOP_BLOCK + STOP + USAGE)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (
            exception("throttlingException", "slow"),
            ("slow", "rate_limit_error", "throttlingException"),
        ),
        (
            exception("serviceUnavailableException", "later"),
            ("later", "overloaded_error", "serviceUnavailableException"),
        ),
        (
            exception("modelStreamErrorException", ""),
            ("The provider reported modelStreamErrorException.", "api_error", "modelStreamErrorException"),
        ),
        (exception("validationException", "bad"), ("bad", "invalid_request_error", "validationException")),
        (
            eventstream.encode(
                {":message-type": "error", ":error-code": "InternalError", ":error-message": "oops"}, b""
            ),
            ("oops", "api_error", "InternalError"),
        ),
        (
            eventstream.encode({":message-type": "event", ":event-type": "messageStop"}, b"{"),
            ("The provider sent an event that is not JSON.", "api_error", None),
        ),
        (b"HTTP/1.1 502 Bad Gateway", ("The checksum of a frame's prelude is wrong.", "api_error", None)),
    ],
)
def test_a_failure_in_mid_stream_is_the_last_event(broken, expected):
    events = decode(START + HELLO + broken + STOP + USAGE)
    assert [Started(), *SAID[:2], Failed(*expected)] == events


FRAMES = st.one_of(
    st.sampled_from([START, HELLO, STOP_BLOCK, STOP, USAGE, exception("throttlingException", "x")]),
    st.builds(
        lambda kind, payload: eventstream.encode(
            {":message-type": "event", ":event-type": kind}, msgspec.json.encode(payload)
        ),
        st.sampled_from(
            ["contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]
        ),
        st.dictionaries(st.sampled_from(KEYS), JSON),
    ),
    st.binary(max_size=20),
)


@given(st.lists(FRAMES, max_size=8), st.data())
def test_any_stream_ends_once_and_is_read_alike_however_it_is_cut(frames, data):
    stream = b"".join(frames)
    events = decode(stream)
    assert [events[-1]] == [event for event in events if isinstance(event, Finished | Failed)]
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    assert events == decode(stream, cuts)
    assert events == decode(stream, range(len(stream)))
    indices = [event.index for event in events if isinstance(event, PartStarted)]
    assert list(range(len(indices))) == indices
