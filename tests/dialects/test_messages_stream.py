"""Streams of Messages: events to bytes and back, however they are cut; the official SDK accumulates them."""

import anthropic
import httpx2
import msgspec
import pytest
from anthropic.types import RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from extproc import limits
from extproc.dialects.anthropic_messages import DIALECT
from extproc.llm.events import (
    Delta,
    Failed,
    Finished,
    PartEnded,
    PartKind,
    PartStarted,
    Ping,
    Started,
)
from extproc.llm.request import Request
from extproc.llm.response import Finish, Usage

SDK_EVENT = TypeAdapter(RawMessageStreamEvent)


def encode(events):
    encoder = DIALECT.stream_encoder(Request("asked", ()))
    return b"".join(encoder.encode(event) for event in events)


def data_of(stream):
    """The events of a stream, each of them valid for the SDK."""
    events = [msgspec.json.decode(line[6:]) for line in stream.split(b"\n") if line.startswith(b"data: ")]
    for event in events:
        if event["type"] not in ("ping", "error"):
            SDK_EVENT.validate_python(event, strict=True)
    return events


def decode(stream, cuts=()):
    decoder = DIALECT.stream_decoder()
    events, start = [], 0
    for end in [*sorted(cuts), len(stream)]:
        events += decoder.feed(stream[start:end])
        start = max(start, end)
    return events + decoder.close()


def sse(*events):
    lines = [
        b"event: " + event["type"].encode() + b"\ndata: " + msgspec.json.encode(event) for event in events
    ]
    return b"".join(line + b"\n\n" for line in lines)


# What the API can say

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
COUNTS = st.integers(0, 1000)


@st.composite
def parts(draw, index):
    kind = draw(st.sampled_from([PartKind.TEXT, PartKind.REASONING, PartKind.TOOL_CALL]))
    texts = draw(st.lists(TEXT, min_size=1, max_size=3))
    start, end = PartStarted(index, kind), PartEnded(index)
    if kind is PartKind.TOOL_CALL:
        start = PartStarted(index, kind, draw(TEXT), draw(TEXT))
    elif kind is PartKind.REASONING and draw(st.booleans()):
        end = PartEnded(index, draw(TEXT), origin="anthropic_messages")
    elif kind is PartKind.REASONING and draw(st.booleans()):
        texts, end = [], PartEnded(index, redacted=draw(TEXT), origin="anthropic_messages")
    return [start, *(Delta(index, text) for text in texts), end]


@st.composite
def usages(draw):
    read, created = draw(COUNTS), draw(COUNTS)
    return Usage(read + created + draw(COUNTS), draw(COUNTS), read, created)


@st.composite
def streams(draw):
    events = [Started(draw(TEXT.map("msg_{}".format)), draw(TEXT), usage=draw(usages()))]
    for index in range(draw(st.integers(0, 4))):
        events += draw(parts(index))
        events += [Ping()] if draw(st.booleans()) else []
    if draw(st.booleans()):
        return [*events, Failed(draw(TEXT), draw(TEXT))]
    sequence = draw(st.one_of(st.none(), TEXT))
    return [*events, Finished(draw(st.sampled_from(Finish)), draw(usages()), sequence)]


@given(streams(), st.data())
def test_what_is_encoded_is_decoded_however_it_is_cut(events, data):
    stream = encode(events)
    data_of(stream)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    assert events == decode(stream, cuts)


@given(streams())
def test_what_is_encoded_is_decoded_byte_by_byte(events):
    stream = encode(events)
    assert events == decode(stream, range(len(stream)))


@given(streams())
def test_line_ends_and_comments_of_any_kind_make_no_difference(events):
    stream = encode(events).replace(b"\n\n", b"\r\n: comment\r\nid: 5\r\n\r\n")
    assert events == decode(stream)


@given(st.data())
def test_overlapping_parts_are_written_one_after_another(data):
    """Every block starts once, in order, and stops before the next one starts."""
    said = [data.draw(parts(index)) for index in range(3)]
    left = [list(part) for part in said]
    events = []
    started = 0
    while any(left):
        startable = [i for i, part in enumerate(left) if part and i <= started]
        i = data.draw(st.sampled_from(startable))
        started += isinstance(left[i][0], PartStarted)
        events.append(left[i].pop(0))
    whole = [Started("msg_1"), *events, Finished(Finish.STOP)]
    in_order = [Started("msg_1"), *(event for part in said for event in part), Finished(Finish.STOP)]
    assert joined(decode(encode(in_order))) == joined(decode(encode(whole)))
    types = [(event["type"], event.get("index")) for event in data_of(encode(whole))]
    bounds = [item for item in types if item[0] in ("content_block_start", "content_block_stop")]
    expected = [(f"content_block_{edge}", i) for i in range(len(bounds) // 2) for edge in ("start", "stop")]
    assert expected == bounds


def joined(events):
    """The events with neighbouring deltas made one."""
    out = []
    for event in events:
        if isinstance(event, Delta) and out and isinstance(out[-1], Delta) and out[-1].index == event.index:
            out[-1] = Delta(event.index, out[-1].text + event.text)
        else:
            out.append(event)
    return out


@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"data: {}\n\n", b"data: [1]\n\n"]))))
def test_any_bytes_end_in_exactly_one_failure_or_finish(pieces):
    events = decode(b"".join(pieces))
    ends = [event for event in events if isinstance(event, Finished | Failed)]
    assert [events[-1]] == ends


# The provider's oddities

START = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 3}}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
HELLO = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}}
STOP_BLOCK = {"type": "content_block_stop", "index": 0}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
STOP = {"type": "message_stop"}

STARTED = Started("msg_1", "m", usage=Usage(3, 0))
SAID = [PartStarted(0, PartKind.TEXT), Delta(0, "hello"), PartEnded(0)]
FINISHED = Finished(Finish.STOP, Usage(3, 2))
BROKEN = Failed("The provider's answer broke off before its end.")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([START, BLOCK, HELLO, STOP_BLOCK, END, STOP], [STARTED, *SAID, FINISHED]),
        ([START, BLOCK, HELLO, STOP_BLOCK, END], [STARTED, *SAID, FINISHED]),
        ([START, BLOCK, HELLO, END, STOP], [STARTED, *SAID, FINISHED]),
        ([START, HELLO, STOP_BLOCK, STOP_BLOCK, END, STOP], [STARTED, *SAID, FINISHED]),
        (
            [START, START, {"type": "new_kind"}, BLOCK, HELLO, STOP_BLOCK, END, STOP],
            [STARTED, *SAID, FINISHED],
        ),
        ([START, BLOCK, HELLO, STOP_BLOCK, END, STOP, HELLO, START], [STARTED, *SAID, FINISHED]),
        ([START, BLOCK, HELLO], [STARTED, *SAID[:2], BROKEN]),
        ([], [BROKEN]),
        ([STOP], [Started(), Finished(Finish.STOP)]),
    ],
)
def test_the_order_of_events_holds_whatever_the_provider_sends(events, expected):
    assert expected == decode(sse(*events))


def test_server_tools_are_passed_over_and_leave_no_gap():
    server = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    events = [
        START,
        {"type": "content_block_start", "index": 0, "content_block": server},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": "{}"},
        },
        STOP_BLOCK,
        {**BLOCK, "index": 1},
        {**HELLO, "index": 1},
        {**STOP_BLOCK, "index": 1},
        END,
        STOP,
    ]
    assert [STARTED, *SAID, FINISHED] == decode(sse(*events))


def test_a_tools_input_that_comes_whole_with_its_start_is_not_lost():
    tool = {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}
    start = {"type": "content_block_start", "index": 0, "content_block": tool}
    end = {"type": "message_delta", "delta": {"stop_reason": "odd"}, "usage": {}}
    expected = [
        *(STARTED, PartStarted(0, PartKind.TOOL_CALL, "a", "f"), Delta(0, '{"x":1}'), PartEnded(0)),
        Finished(Finish.TOOL_CALLS, Usage(3, 0)),
    ]
    assert expected == decode(sse(START, start, STOP_BLOCK, end, STOP))


def test_citations_are_told_at_the_end_of_their_text():
    citation = {"type": "web_search_result_location", "url": "https://a.example", "title": "A"}
    citation |= {"cited_text": "hello", "encrypted_index": ""}
    delta = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "citations_delta", "citation": citation},
    }
    events = decode(sse(START, BLOCK, HELLO, delta, STOP_BLOCK, END, STOP))
    note = {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 5,
    }
    assert PartEnded(0, annotations=(note,)) == events[3]
    assert delta in data_of(encode(events))


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (
            sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
            Failed("Overloaded", "overloaded_error"),
        ),
        (sse({"type": "error"}), Failed("The provider reported an error.")),
        (b"data: {not json}\n\n", Failed("The provider sent an event that is not JSON.")),
        (
            b"data: " + b"x" * (limits.SSE_EVENT_BYTES_MAX + 1),
            Failed(f"An event of the stream is larger than {limits.SSE_EVENT_BYTES_MAX} bytes."),
        ),
    ],
)
def test_a_failure_in_mid_stream_is_the_last_event(stream, expected):
    start = sse(START)
    assert [STARTED, expected] == decode(start + stream + sse(STOP), [len(start)])


# What the client gets


def test_a_refusal_is_text_and_the_reason_why_it_ended():
    events = [Started("msg_1"), PartStarted(0, PartKind.REFUSAL), Delta(0, "No."), PartEnded(0)]
    data = data_of(encode([*events, Finished(Finish.STOP)]))
    assert ({"type": "text_delta", "text": "No."}, "refusal") == (
        data[2]["delta"],
        data[4]["delta"]["stop_reason"],
    )


def test_reasoning_that_says_nothing_has_no_block():
    events = [Started("msg_1"), PartStarted(0, PartKind.REASONING), PartEnded(0)]
    events += [PartStarted(1, PartKind.TEXT), Delta(1, "hi"), PartEnded(1), Finished(Finish.STOP)]
    starts = [event["index"] for event in data_of(encode(events)) if event["type"] == "content_block_start"]
    assert [0] == starts


def test_encrypted_reasoning_without_words_is_kept_for_its_own_api():
    end = PartEnded(0, "gAAAA", origin="openai_responses")
    events = [Started("msg_1"), PartStarted(0, PartKind.REASONING, "rs_1"), end, Finished(Finish.STOP)]
    read = decode(encode(events))
    assert end == read[2]


def sdk_client(stream):
    def answer(_):
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)

    http_client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return anthropic.Anthropic(
        api_key="x", base_url="http://a.example", http_client=http_client, max_retries=0
    )


PARALLEL = [
    Started("chatcmpl-7", "gpt-5"),
    PartStarted(0, PartKind.REASONING),
    Delta(0, "Let me "),
    Delta(0, "see."),
    PartEnded(0),
    PartStarted(1, PartKind.TEXT),
    Delta(1, "Zür"),
    Delta(1, "ich:"),
    PartEnded(1),
    PartStarted(2, PartKind.TOOL_CALL, "call_a", "weather"),
    PartStarted(3, PartKind.TOOL_CALL, "call_b", "time"),
    Delta(2, '{"city":'),
    Delta(3, '{"zone":"CET"}'),
    Delta(2, '"Zürich"}'),
    PartEnded(2),
    Ping(),
    PartEnded(3),
    Finished(Finish.TOOL_CALLS, Usage(30, 20, 10, 5, 4)),
]


def test_the_official_sdk_accumulates_the_stream():
    with (
        sdk_client(encode(PARALLEL)) as client,
        client.messages.stream(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}]
        ) as stream,
    ):
        message = stream.get_final_message()
    content = [block.model_dump(exclude_none=True) for block in message.content]
    assert [
        {"type": "thinking", "thinking": "Let me see.", "signature": ""},
        {"type": "text", "text": "Zürich:"},
        {"type": "tool_use", "id": "call_a", "name": "weather", "input": {"city": "Zürich"}},
        {"type": "tool_use", "id": "call_b", "name": "time", "input": {"zone": "CET"}},
    ] == content
    usage = message.usage
    assert ("msg_7", "gpt-5", "tool_use") == (message.id, message.model, message.stop_reason)
    assert (15, 5, 10, 20) == (
        usage.input_tokens,
        usage.cache_creation_input_tokens,
        usage.cache_read_input_tokens,
        usage.output_tokens,
    )


def test_the_official_sdk_raises_for_an_error_in_mid_stream():
    events = [*PARALLEL[:3], Failed("Overloaded", "overloaded_error")]
    with sdk_client(encode(events)) as client:
        stream = client.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}], stream=True
        )
        with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
            list(stream)


def test_an_answer_cut_off_in_mid_event_is_said_to_be_so():
    assert [STARTED, *SAID[:2], BROKEN] == decode(sse(START, BLOCK, HELLO) + b'data: {"type": "content_bl')
