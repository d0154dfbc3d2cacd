"""Texts that a client reads before an answer."""

import json

import pytest

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.llm.parts import Text
from extproc.llm.replay import Collector
from extproc.testing import answers
from extproc.translation.answer import StreamedAnswer, WholeAnswer
from extproc.translation.request import Crossing, read

BODIES = {
    Api.CHAT: {"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
    Api.MESSAGES: {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]},
    Api.RESPONSES: {"model": "m", "input": "Hi"},
}
CLIENTS = pytest.mark.parametrize("client", list(BODIES))
TEXTS = ("One.\n\n", "Two.\n\n")


def crossing(client: Api, *, stream: bool) -> Crossing:
    body = json.dumps(BODIES[client] | {"stream": stream}).encode()
    return Crossing(client, Api.CHAT, read(body, client, "m"), b"", (), prologue=TEXTS)


def texts_of_a_stream(client: Api, data: bytes) -> str:
    collector, decoder = Collector(), CLIENT_DIALECTS[client].stream_decoder()
    for event in (*decoder.feed(data), *decoder.close()):
        collector.add(event)
    assert collector.failed is None
    return "".join(part.text for part in collector.response().parts if isinstance(part, Text))


def texts_of(client: Api, data: bytes) -> str:
    parts = CLIENT_DIALECTS[client].read_response(json.loads(data)).parts
    return "".join(part.text for part in parts if isinstance(part, Text))


@CLIENTS
def test_a_whole_answer_begins_with_them(client: Api) -> None:
    turned = crossing(client, stream=False).answer(200, "application/json")
    assert isinstance(turned, WholeAnswer)

    whole = turned.turn(answers.openai_chat("Three.").body)

    assert "One.\n\nTwo.\n\nThree." == texts_of(client, whole.body)


@CLIENTS
def test_a_stream_begins_with_them(client: Api) -> None:
    """With the first event of the provider's, before any word of it."""
    turned = crossing(client, stream=True).answer(200, "text/event-stream")
    assert isinstance(turned, StreamedAnswer)
    first, *others = [
        step for step in answers.openai_chat_stream(["Th", "ree."]).steps if isinstance(step, bytes)
    ]

    pieces = [turned.feed(first, last=False), turned.feed(b"".join(others), last=True)]

    assert b"One." in pieces[0]
    assert b"Two." in pieces[0]
    assert "One.\n\nTwo.\n\nThree." == texts_of_a_stream(client, b"".join(pieces))


@CLIENTS
def test_an_answer_in_one_piece_begins_with_them_where_a_stream_was_wanted(client: Api) -> None:
    turned = crossing(client, stream=True).answer(200, "application/json")
    assert isinstance(turned, WholeAnswer)

    whole = turned.turn(answers.openai_chat("Three.").body)

    assert "One.\n\nTwo.\n\nThree." == texts_of_a_stream(client, whole.body)


def test_tool_calls_are_counted_on() -> None:
    """The client's SDK puts deltas together by their numbers."""
    chunks = [
        {"index": 0, "delta": {"role": "assistant", "content": "Look:"}, "finish_reason": None},
        {"index": 0, "delta": {"tool_calls": [CALL | {"index": 0, "id": "call_1"}]}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "tool_calls"},
    ]
    data = b"".join(
        b"data: %b\n\n" % json.dumps({"id": "c", "choices": [chunk]}).encode() for chunk in chunks
    )
    turned = crossing(Api.MESSAGES, stream=True).answer(200, "text/event-stream")
    assert isinstance(turned, StreamedAnswer)

    written = turned.feed(data + b"data: [DONE]\n\n", last=True)

    events = [json.loads(line[6:]) for line in written.split(b"\n") if line.startswith(b"data: ")]
    starts = [event for event in events if event["type"] == "content_block_start"]
    assert [(0, "text"), (1, "text"), (2, "text"), (3, "tool_use")] == [
        (start["index"], start["content_block"]["type"]) for start in starts
    ]


CALL = {"type": "function", "function": {"name": "look", "arguments": "{}"}}


@CLIENTS
def test_an_error_has_none_of_them(client: Api) -> None:
    turned = crossing(client, stream=False).answer(429, "application/json")
    assert isinstance(turned, WholeAnswer)

    whole = turned.turn(answers.error(429, {"error": {"message": "slow down"}}).body)

    assert 429 == whole.status
    assert b"One." not in whole.body
