"""Streamed answers of the Responses API."""

import random
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseCompletedEvent, ResponseErrorEvent

from extproc.dialects.openai_responses import DIALECT
from extproc.llm import sse
from extproc.llm.events import (
    Delta,
    Event,
    Failed,
    Finished,
    PartEnded,
    PartKind,
    PartStarted,
    Ping,
    Started,
)
from extproc.llm.parts import Part, Reasoning, Refusal, Text, ToolCall
from extproc.llm.response import Finish, Response, Usage
from tests.dialects.responses_sdk import ASKED, accumulated, client, data_of, encoded, parsed, validated
from tests.dialects.responses_strategies import streams

TEXT, CALL, REASONING = PartKind.TEXT, PartKind.TOOL_CALL, PartKind.REASONING


def decoded(stream: bytes, cuts: list[int] | None = None) -> list[Event]:
    """The events of a stream that comes in pieces."""
    decoder = DIALECT.stream_decoder()
    edges = [0, *(cuts or []), len(stream)]
    events: list[Event] = []
    for start, stop in pairwise(edges):
        events += decoder.feed(stream[start:stop])
    return events + decoder.close()


def stream_of(*events: dict[str, Any]) -> bytes:
    """A provider's stream."""
    return b"".join(sse.encode(msgspec.json.encode(event), event.get("type")) for event in events)


def created(**fields: Any) -> dict[str, Any]:
    """The first event."""
    return {"type": "response.created", "response": {"id": "resp_1", "model": "m", "created_at": 1, **fields}}


def completed(**fields: Any) -> dict[str, Any]:
    """The last event."""
    return {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", **fields}}


STARTED = Started("resp_1", "m", 1)
DONE = Finished(Finish.STOP)


@given(streams())
def test_the_sdk_agrees_with_the_final_response(events: list[Event]) -> None:
    """Its stream helper builds the same items from the deltas as the last event has, for any interleaving."""
    stream = encoded(events)
    types, final = accumulated(stream)
    assert final is not None
    assert len(data_of(stream)) == len(types)
    assert _spoken(data_of(stream)) == [_words(item.to_dict()) for item in final.output]


def _spoken(events: list[dict[str, Any]]) -> list[list[str]]:
    """What the deltas of each item say, part by part."""
    items: dict[int, dict[int, str]] = {}
    for event in events:
        if event["type"] == "response.output_item.added":
            items[event["output_index"]] = {}
        elif "content_part.added" in event["type"]:
            items[event["output_index"]][event["content_index"]] = ""
        elif event["type"].endswith(".delta"):
            parts = items[event["output_index"]]
            place = event.get("content_index", 0)
            parts[place] = parts.get(place, "") + event["delta"]
    return [list(parts.values()) for _, parts in sorted(items.items())]


def _words(item: Any) -> list[str]:
    match item["type"]:
        case "message":
            return [part.get("text", part.get("refusal")) for part in item["content"]]
        case "reasoning":
            return [part["text"] for part in item["summary"]]
        case "function_call":
            return [item["arguments"]]
        case _:
            return [item["input"]]


@given(streams())
def test_events_are_the_sdks_and_in_its_order(events: list[Event]) -> None:
    """Each parses; numbers rise by one; whatever begins ends once, inside what holds it."""
    sent = data_of(encoded(events))
    assert list(range(len(sent))) == [event["sequence_number"] for event in sent]
    open_items: set[int] = set()
    open_parts: set[tuple[int, int]] = set()
    for event in sent:
        validated(event)
        index = event.get("output_index")
        place = (index, event.get("content_index", event.get("summary_index")))
        kind = event["type"].removeprefix("response.")
        if kind == "output_item.added":
            assert len(open_items) <= index
            open_items.add(index)
        elif kind == "output_item.done":
            open_items.remove(index)
            assert not [part for part in open_parts if part[0] == index]
        elif kind.endswith("part.added"):
            assert index in open_items
            open_parts.add(place)
        elif kind.endswith("part.done"):
            open_parts.remove(place)
        elif index is not None:
            assert index in open_items
    assert set() == open_items
    assert set() == open_parts


@given(streams())
def test_what_is_encoded_is_decoded(events: list[Event]) -> None:
    """Event by event."""
    assert events == decoded(encoded(events))


@given(streams(), st.randoms(use_true_random=False), st.sampled_from([b"\n", b"\r\n"]))
def test_any_cut_gives_the_same_events(events: list[Event], chance: random.Random, line_end: bytes) -> None:
    """Inside characters and fields too."""
    stream = encoded(events).replace(b"\n", line_end)
    cuts = sorted(chance.sample(range(len(stream)), k=min(20, len(stream))))
    assert events == decoded(stream, cuts)


def test_byte_by_byte() -> None:
    """The finest cut."""
    events = [STARTED, PartStarted(0, TEXT), Delta(0, "Grüße 👋"), PartEnded(0), DONE]
    stream = encoded(events)
    assert events == decoded(stream, list(range(1, len(stream))))


def test_a_stream_ends_like_the_whole_answer() -> None:
    """The same parts give the same response object, whole or in a stream."""
    parts: tuple[Part, ...] = (
        Reasoning("hm", signature="S", origin="anthropic_messages"),
        Text("a"),
        Refusal("b"),
        ToolCall("c", "f", '{"x":1}'),
        ToolCall("d", "g", "ls", custom=True),
        Text("e"),
    )
    kinds = [REASONING, TEXT, PartKind.REFUSAL, CALL, CALL, TEXT]
    usage = Usage(9, 5, 4, 1, 2)
    events: list[Event] = [Started("msg_1", "m", 7)]
    for index, (part, kind) in enumerate(zip(parts, kinds, strict=True)):
        call = part if isinstance(part, ToolCall) else ToolCall("", "", "")
        text = part.arguments if isinstance(part, ToolCall) else part.text
        events += [PartStarted(index, kind, call.id, call.name, call.custom), Delta(index, text)]
        thought = part if isinstance(part, Reasoning) else Reasoning()
        events.append(PartEnded(index, thought.signature, origin=thought.origin))
    events.append(Finished(Finish.TOOL_CALLS, usage))
    whole = DIALECT.write_response(Response("msg_1", "m", parts, Finish.TOOL_CALLS, 7, usage=usage), ASKED)
    final = data_of(encoded(events))[-1]["response"]
    assert {**whole, "completed_at": 0} == {**final, "completed_at": 0}


def test_the_order_of_a_plain_answer() -> None:
    """Event for event what the API sends."""
    events = [STARTED, PartStarted(0, TEXT), Delta(0, "a"), Delta(0, ""), Delta(0, "b"), PartEnded(0), DONE]
    assert [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ] == [event["type"] for event in data_of(encoded(events))]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """Clients parse them as JSON; the deltas say so as well."""
    events = [STARTED, PartStarted(0, CALL, "c", "f"), PartEnded(0), Finished(Finish.TOOL_CALLS)]
    sent = data_of(encoded(events))
    assert ["{}"] == [event["delta"] for event in sent if event["type"].endswith(".delta")]
    assert "{}" == sent[-1]["response"]["output"][0]["arguments"]


@pytest.mark.parametrize(
    ("finish", "status"),
    [(Finish.LENGTH, "incomplete"), (Finish.CONTENT_FILTER, "incomplete"), (Finish.PAUSE, "completed")],
)
def test_the_last_event_has_the_status(finish: Finish, status: str) -> None:
    """Its type, the response and the message that was cut off."""
    last = data_of(encoded([STARTED, PartStarted(0, TEXT), Delta(0, "a"), PartEnded(0), Finished(finish)]))[
        -1
    ]
    assert f"response.{status}" == last["type"]
    assert status == last["response"]["status"] == last["response"]["output"][0]["status"]


def test_usage_and_tier_are_in_the_last_event() -> None:
    """And usage is in no other."""
    sent = data_of(
        encoded([Started("i", "m", 1, service_tier="flex"), Finished(Finish.STOP, Usage(3, 4, 1, 0, 2))])
    )
    assert [None, None, 7] == [(event["response"]["usage"] or {}).get("total_tokens") for event in sent]
    assert "flex" == sent[-1]["response"]["service_tier"]


def test_a_ping_is_a_comment() -> None:
    """The API has no event for it."""
    encoder = DIALECT.stream_encoder(ASKED)
    encoder.encode(STARTED)
    assert b": keepalive\n\n" == encoder.encode(Ping())


@pytest.mark.parametrize(
    ("failed", "code", "response_code"),
    [
        (Failed("x", "rate_limit_error"), "rate_limit_exceeded", "rate_limit_exceeded"),
        (Failed("x", "overloaded_error"), "server_error", "server_error"),
        (Failed("x", "api_error", "own_code"), "own_code", "server_error"),
        (Failed("x", "invalid_request_error"), "invalid_prompt", "invalid_prompt"),
    ],
)
def test_a_failure_is_an_error_event_and_a_failed_response(
    failed: Failed, code: str, response_code: str
) -> None:
    """With what was said until then."""
    stream = encoded([STARTED, PartStarted(0, TEXT), Delta(0, "Half"), failed])
    *_, error, last = parsed(stream)
    assert isinstance(error, ResponseErrorEvent)
    assert (code, "x") == (error.code, error.message)
    assert "failed" == last.response.status
    assert (response_code, "x") == (last.response.error.code, last.response.error.message)
    assert "Half" == last.response.output_text
    assert "incomplete" == last.response.output[0].status
    assert "response.failed" == accumulated(stream)[0][-1]


def test_a_failure_before_the_beginning_begins_first() -> None:
    """The SDK's helper expects ``response.created`` before anything else."""
    types, final = accumulated(encoded([Failed("x")]))
    assert ["response.created", "response.in_progress", "error", "response.failed"] == types
    assert final is not None


def test_the_sdks_plain_stream() -> None:
    """`create(stream=True)`, without the helper."""
    stream = encoded(
        [STARTED, PartStarted(0, TEXT), Delta(0, "a"), PartEnded(0), Finished(Finish.STOP, Usage(1, 1))]
    )
    events = list(client(stream, "text/event-stream").responses.create(model="m", input="Hi", stream=True))
    assert isinstance(events[-1], ResponseCompletedEvent)
    assert "a" == events[-1].response.output_text


ITEM = {
    "type": "message",
    "id": "msg_1",
    "content": [{"type": "output_text", "text": "ab", "annotations": []}],
}
CALL_ITEM = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": '{"a":1}'}
SILENT = {"type": "reasoning", "id": "rs_1", "summary": []}
SPOKEN = [STARTED, PartStarted(0, TEXT), Delta(0, "ab"), PartEnded(0), DONE]
CALLED = [
    STARTED,
    PartStarted(0, CALL, "c", "f"),
    Delta(0, '{"a":1}'),
    PartEnded(0),
    Finished(Finish.TOOL_CALLS),
]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([completed(output=[ITEM])], SPOKEN, id="nothing but the whole answer"),
        pytest.param(
            [
                {"type": "response.output_item.done", "output_index": 0, "item": ITEM},
                completed(output=[ITEM]),
            ],
            SPOKEN,
            id="whole items alone",
        ),
        pytest.param(
            [
                {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "ab"},
                completed(),
            ],
            SPOKEN,
            id="deltas alone",
        ),
        pytest.param(
            [
                {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "a"},
                {"type": "response.output_text.done", "item_id": "msg_1", "text": "ab"},
                completed(),
            ],
            [*SPOKEN[:2], Delta(0, "a"), Delta(0, "b"), *SPOKEN[3:]],
            id="no index, and an end that says more than the deltas",
        ),
        pytest.param(
            [{"type": "response.output_item.added", "output_index": 0, "item": CALL_ITEM}, completed()],
            CALLED,
            id="a call that is whole when it is added",
        ),
        pytest.param(
            [
                {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{"},
                {"type": "response.output_item.done", "output_index": 0, "item": CALL_ITEM},
                completed(output=[CALL_ITEM]),
            ],
            CALLED,
            id="arguments before their call",
        ),
        pytest.param(
            [{"type": "response.web_search_call.in_progress", "output_index": 0}, completed(output=[ITEM])],
            SPOKEN,
            id="events of the provider's own tools",
        ),
        pytest.param(
            [
                {"type": "response.output_item.added", "output_index": 0, "item": SILENT},
                {"type": "response.output_item.done", "output_index": 0, "item": SILENT},
                completed(output=[SILENT, ITEM]),
            ],
            SPOKEN,
            id="reasoning that says nothing",
        ),
        pytest.param([{"type": "keepalive"}, completed()], [STARTED, Ping(), DONE], id="a ping"),
    ],
)
def test_incomplete_streams_are_made_whole(events: list[dict[str, Any]], expected: list[Event]) -> None:
    """Whatever a provider leaves out, each part begins and ends once and says everything once."""
    assert expected == decoded(stream_of(created(), *events))


def test_reasoning_paragraphs_are_parted_by_a_blank_line() -> None:
    """As in a whole answer; the content that repeats the summary is not said again."""

    def event(kind: str, **fields: Any) -> dict[str, Any]:
        return {"type": f"response.{kind}", "output_index": 0, "item_id": "rs_1", **fields}

    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "bc"}],
        "encrypted_content": "E",
    }
    stream = stream_of(
        created(),
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"type": "reasoning", "id": "rs_1"},
        },
        event("reasoning_summary_text.delta", summary_index=0, delta="a"),
        event("reasoning_summary_text.done", summary_index=0, text="a"),
        event("reasoning_summary_text.delta", summary_index=1, delta="b"),
        event("reasoning_text.delta", content_index=0, delta="raw"),
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        completed(output=[item]),
    )
    assert [
        STARTED,
        PartStarted(0, REASONING, "rs_1"),
        Delta(0, "a"),
        Delta(0, "\n\n"),
        Delta(0, "b"),
        Delta(0, "c"),
        PartEnded(0, "E", origin="openai_responses"),
        DONE,
    ] == decoded(stream)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (
            {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down", "param": None},
            Failed("Slow down", "rate_limit_error", "rate_limit_exceeded"),
        ),
        (
            {"type": "error", "error": {"type": "invalid_request_error", "code": "x", "message": "No"}},
            Failed("No", "invalid_request_error", "x"),
        ),
        (
            {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "Boom"}}},
            Failed("Boom", "api_error", "server_error"),
        ),
        ({"type": "response.failed", "response": None}, Failed("The provider's answer failed.")),
        ({"error": {"message": "Bare"}}, Failed("Bare")),
    ],
)
def test_errors_in_the_stream(last: dict[str, Any], expected: Failed) -> None:
    """Every shape of them; nothing comes after."""
    assert [STARTED, expected] == decoded(stream_of(created(), last, completed()))


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
def test_a_stream_that_breaks_off_has_failed(end: bytes) -> None:
    """Silence is no end."""
    stream = (
        stream_of(created(), {"type": "response.output_text.delta", "output_index": 0, "delta": "a"}) + end
    )
    *_, last = decoded(stream)
    assert Failed("The provider's answer broke off before its end.") == last


@pytest.mark.parametrize("garbage", [b"data: {\n\n", b"data: 3\n\n", b'data: "\xff"\n\n'])
def test_garbage_is_a_failure(garbage: bytes) -> None:
    """And not an exception."""
    events = decoded(stream_of(created()) + garbage + stream_of(completed()))
    assert [STARTED, Failed("The provider's answer has an event that is not a JSON object.")] == events


_FIELDS = st.recursive(
    st.none() | st.integers(-1, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ["message", "function_call", "custom_tool_call", "reasoning", "output_text", "refusal"]
                )
            },
            optional=dict.fromkeys(
                ("id", "content", "summary", "text", "call_id", "name", "arguments", "annotations"), inner
            ),
        )
    ),
    max_leaves=6,
)
_NAMES = [
    "created",
    "completed",
    "incomplete",
    "output_item.added",
    "output_item.done",
    "content_part.added",
    "content_part.done",
    "output_text.delta",
    "output_text.done",
    "output_text.annotation.added",
    "refusal.delta",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "reasoning_summary_text.delta",
    "reasoning_text.done",
]
_EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from([f"response.{name}" for name in _NAMES])},
    optional=dict.fromkeys(
        ("output_index", "content_index", "item_id", "item", "part", "delta", "text", "response"), _FIELDS
    ),
)


@given(st.lists(_EVENTS, max_size=12))
def test_the_order_of_events_holds_whatever_comes(events: list[dict[str, Any]]) -> None:
    """`extproc.llm.events` says it; an encoder takes what the decoder gives."""
    given_events = decoded(stream_of(*events))
    open_parts: set[int] = set()
    begun = 0
    for place, event in enumerate(given_events):
        match event:
            case Started():
                assert place == 0
            case PartStarted(index=index):
                assert begun == index
                begun += 1
                open_parts.add(index)
            case Delta(index=index):
                assert index in open_parts
            case PartEnded(index=index):
                open_parts.remove(index)
            case Finished():
                assert set() == open_parts
    assert isinstance(given_events[-1], Finished | Failed)
    assert [] == [event for event in given_events[:-1] if isinstance(event, Finished | Failed)]
    encoded(given_events)
