"""An answer on its way: what is put into it, what is remembered of it, however it comes."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc import limits
from extproc.conversations.answered import StreamedResponse, whole_response
from extproc.conversations.members import written
from extproc.dialects.api import Api
from extproc.dialects.openai_responses import DIALECT
from extproc.llm.events import Event, Finished
from extproc.llm.replay import Collector
from extproc.testing.said import Call, Said, answer
from tests.dialects.responses_sdk import ASKED, data_of, encoded, parsed
from tests.dialects.responses_strategies import streams

TOLD = {"id": written("resp_ours"), "previous_response_id": written("resp_before"), "store": written(True)}
SAID = Said("Hello there", "Hm.", "gAAA", (Call("c1", "look_up", {"city": "Zürich"}),))


def passed(stream: StreamedResponse, data: bytes, cuts: list[int] = []) -> bytes:  # noqa: B006 - it stays empty
    """What the client gets of a stream that comes in pieces."""
    edges = [0, *cuts, len(data)]
    return b"".join(stream.feed(data[start:stop]) for start, stop in pairwise(edges))


def provided(said: Said = SAID) -> bytes:
    return answer(Api.RESPONSES, said, stream=True).body


def value(response: msgspec.Raw | None) -> dict[str, Any]:
    assert response is not None
    told: dict[str, Any] = msgspec.json.decode(response)
    return told


def whole(said: Said = SAID) -> dict[str, Any]:
    """The same answer, not streamed."""
    told: dict[str, Any] = json.loads(answer(Api.RESPONSES, said, stream=False).body)
    return told


def cuts_of(data: st.DataObject, stream: bytes) -> list[int]:
    return sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))


@given(st.data())
def test_what_is_remembered_is_the_whole_answer(data: st.DataObject) -> None:
    """However the stream is cut, its last event too."""
    stream, body = StreamedResponse(TOLD), provided()

    passed(stream, body, cuts_of(data, body))

    assert {**whole(), **{name: msgspec.json.decode(said) for name, said in TOLD.items()}} == value(
        stream.response
    )


@given(streams(), st.data())
def test_a_stream_and_a_whole_answer_leave_the_same_items(events: list[Event], data: st.DataObject) -> None:
    """Of whatever was translated."""
    collector = Collector()
    for event in events:
        collector.add(event)
    body, stream = encoded(events), StreamedResponse({})

    passed(stream, body, cuts_of(data, body))

    if isinstance(events[-1], Finished):
        expected = DIALECT.write_response(collector.response(), ASKED)["output"]
        assert _settled(expected) == _settled(value(stream.response)["output"])
    else:
        assert "failed" == value(stream.response)["status"]


def _settled(output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the ids and the status, which the two do not write alike."""
    return [
        {name: said for name, said in item.items() if name not in ("id", "call_id", "status")}
        for item in output
    ]


@given(st.data())
def test_the_client_gets_the_same_but_for_what_is_told(data: st.DataObject) -> None:
    """Other events, byte for byte."""
    stream, body = StreamedResponse(TOLD), provided()

    got = passed(stream, body, cuts_of(data, body)) + stream.release({}) + stream.close()

    for before, after in zip(data_of(body), data_of(got), strict=True):
        if "response" in before:
            before["response"] |= {name: msgspec.json.decode(said) for name, said in TOLD.items()}
        assert before == after
    unread = [event for event in body.split(b"\n\n") if b'"response":' not in event]
    assert unread == [event for event in got.split(b"\n\n") if b'"response":' not in event]


def test_the_sdk_reads_every_event() -> None:
    stream = StreamedResponse(TOLD)
    body = encoded(_events())

    got = passed(stream, body) + stream.release({})

    assert ["resp_ours"] * 3 == [event.response.id for event in parsed(got) if hasattr(event, "response")]


def _events() -> list[Event]:
    decoder = DIALECT.stream_decoder()
    return [*decoder.feed(provided()), *decoder.close()]


def test_nothing_told_changes_nothing() -> None:
    stream, body = StreamedResponse({}), encoded(_events())

    assert data_of(body) == data_of(passed(stream, body) + stream.release({}))


def test_the_end_waits_until_it_is_released() -> None:
    """By then it is known whether the answer could be kept."""
    stream, body = StreamedResponse(TOLD), provided()

    before = passed(stream, body + b"data: [DONE]\n\n") + stream.feed(b": behind\n")
    assert b"response.completed" not in before

    after = stream.release({"store": written(False)}) + stream.feed(b"\n")
    (end,) = data_of(after.partition(b"data: [DONE]")[0])
    assert (False, "resp_ours") == (end["response"]["store"], end["response"]["id"])
    assert after.endswith(b"\n\ndata: [DONE]\n\n: behind\n\n")
    assert stream.response is not None
    assert False is value(stream.response)["store"]


@pytest.mark.parametrize("kind", ["completed", "incomplete", "failed"])
def test_each_end_is_one(kind: str) -> None:
    stream = StreamedResponse({})

    stream.feed(_event(f"response.{kind}", response={"id": "r", "status": kind, "output": []}))

    assert kind == value(stream.response)["status"]


def _event(kind: str, **told: Any) -> bytes:
    return b"data: " + json.dumps({"type": kind, **told}).encode() + b"\n\n"


def test_an_end_that_does_not_repeat_the_items_has_them() -> None:
    """As the backend of a subscription does it: the client finds in it what will be found in it later."""
    stream = StreamedResponse(TOLD)
    *events, _ = provided().split(b"\n\n")[:-1]
    passed(stream, b"\n\n".join([*events, b""]) + b"\n\n")

    stream.feed(_event("response.completed", response={"id": "resp_7", "output": []}))

    assert whole()["output"] == value(stream.response)["output"]
    assert whole()["output"] == data_of(stream.release({}))[0]["response"]["output"]


def test_a_stream_that_breaks_off_is_remembered_as_far_as_it_came() -> None:
    """Whole items, and the words of a message; no half of a call."""
    body = provided()
    stream = StreamedResponse(TOLD)
    passed(stream, body[: body.index(b'"response.output_text.done"')])

    partial = value(stream.partial())

    thought, message = partial["output"]
    assert whole()["output"][0] == thought
    assert ("incomplete", "Hello there") == (message["status"], message["content"][0]["text"])
    assert ("incomplete", "resp_ours", "resp_before") == (
        partial["status"],
        partial["id"],
        partial["previous_response_id"],
    )
    assert stream.response is None


def test_half_a_call_is_not_remembered() -> None:
    body = provided()
    stream = StreamedResponse(TOLD)
    passed(stream, body[: body.index(b'"response.function_call_arguments.done"')])

    assert ["reasoning", "message"] == [item["type"] for item in value(stream.partial())["output"]]


@pytest.mark.parametrize("until", [b'"response.in_progress"', b'"response.reasoning_summary_text.done"'])
def test_before_anything_was_said_there_is_nothing_to_remember(until: bytes) -> None:
    stream, body = StreamedResponse(TOLD), provided()
    passed(stream, body[: body.index(until)])

    assert stream.partial() is None


def test_a_refusal_breaks_off_as_one() -> None:
    stream = StreamedResponse({})
    stream.feed(_event("response.created", response={"id": "r"}))
    item = {"id": "m", "type": "message", "role": "assistant", "content": []}
    stream.feed(_event("response.output_item.added", output_index=0, item=item))
    for piece in ("I can", "not"):
        stream.feed(_event("response.refusal.delta", output_index=0, content_index=0, delta=piece))

    (message,) = value(stream.partial())["output"]

    assert [{"type": "refusal", "refusal": "I cannot"}] == message["content"]


@pytest.mark.parametrize(
    "event",
    [
        b"data: no json\n\n",
        b'data: {"type": "response.completed"}\n\n',
        b'data: {"type": "response.completed", "response": 7}\n\n',
        b'data: {"type": "response.completed", "response": {"output": 7}}\n\n',
        b'data: {"type": "response.created", "response": []}\n\n',
        b'data: {"type": "response.output_text.delta", "delta": 7}\n\n',
        b'data: {"type": "response.output_item.done", "item": 7}\n\n',
        b': "type":"response.completed"\n\n',
        b'data: {"type": 7, "response": {}, "x": {"type": "response.completed"}}\n\n',
        b'data: {"type": "keepalive", "response": {}, "x": {"type": "response.failed"}}\n\n',
        b'event: "type":"response.completed"\n\n',
        b"\n",
    ],
)
def test_what_cannot_be_read_passes(event: bytes) -> None:
    stream = StreamedResponse(TOLD)

    assert event == stream.feed(event) + stream.close()


def test_a_text_is_taken_for_no_type() -> None:
    """Whatever a model says."""
    text = '{"type":"response.completed","response":{"id":"x"}}'
    stream, body = StreamedResponse({}), _event("response.output_text.delta", output_index=0, delta=text)

    assert body == stream.feed(body)
    assert stream.response is None


def test_metadata_is_taken_for_no_type() -> None:
    """Whatever a client sends, and wherever the event has its type."""
    response = {"id": "r", "metadata": {"type": "response.completed"}}
    event = b"data: " + json.dumps({"response": response, "type": "response.created"}).encode() + b"\n\n"
    stream = StreamedResponse({})

    assert data_of(event) == data_of(stream.feed(event))
    assert stream.response is None


def test_a_stream_without_events_is_not_held() -> None:
    stream = StreamedResponse(TOLD)
    endless = b"x" * (limits.ANSWER_BYTES_MAX + 1)

    assert endless == stream.feed(endless)
    assert b"more" == stream.feed(b"more")


def test_a_whole_answer_is_told() -> None:
    body = json.dumps(whole()).encode()

    told = value(whole_response(body, TOLD))

    assert {**whole(), "id": "resp_ours", "previous_response_id": "resp_before", "store": True} == told
    assert list(whole()) == list(told)[: len(whole())], "in its own order"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"error": {}}', b'{"id": "x", "output": 7}'])
def test_what_is_no_answer_is_left_alone(body: bytes) -> None:
    assert whole_response(body, TOLD) is None
