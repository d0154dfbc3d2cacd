"""What a model says, and how a provider of each API tells it: whole, or as a stream, complete as real ones.

    provider.script(answer(Api.CONVERSE, Said("Hello", calls=(Call("c1", "look_up"),)), stream=True))

A stream has one step an event, so that a test can hold it anywhere.
"""

import json

from extproc.dialects.api import Api
from extproc.llm import eventstream
from extproc.testing.answers import Answer, Framing, json_answer, sse_answer
from extproc.testing.said import chat, converse, messages, responses
from extproc.testing.said.values import Call, Json, Said

__all__ = ["Call", "Said", "answer"]

_TELLERS = {Api.CHAT: chat, Api.MESSAGES: messages, Api.RESPONSES: responses, Api.CONVERSE: converse}


def answer(api: Api, said: Said, *, stream: bool) -> Answer:
    """`said` as a provider of `api` tells it."""
    teller = _TELLERS[api]
    if not stream:
        return json_answer(teller.whole(said))
    events = teller.events(said)
    if api is Api.CONVERSE:
        headers = (("content-type", "application/vnd.amazon.eventstream"),)
        return Answer(headers=headers, steps=tuple(map(_frame, events)), framing=Framing.CHUNKED)
    if api is Api.CHAT:
        return sse_answer([*map(_data, events), b"data: [DONE]\n\n"])
    return sse_answer(map(_event, events))


def _dumped(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _data(value: Json) -> bytes:
    return b"data: " + _dumped(value) + b"\n\n"


def _event(value: Json) -> bytes:
    return f"event: {value['type']}\n".encode() + _data(value)


def _frame(value: Json) -> bytes:
    ((kind, payload),) = value.items()
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return eventstream.encode(headers, _dumped(payload))
