"""Requests of 40 KB and streamed answers for the benchmark of translation, in every API.

Each is made once, as a Chat request or as events, and written for the other APIs by the dialects themselves.
"""

from typing import Any, Final

import msgspec

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.llm.events import Delta, Event, Finished, PartEnded, PartKind, PartStarted, Started
from extproc.llm.eventstream import encode
from extproc.llm.loss import Losses
from extproc.llm.request import Request
from extproc.llm.response import Finish, Usage

Json = dict[str, Any]

MODEL: Final = "claude-sonnet-4-5"

BODY_BYTES: Final = 40_000

_WORDS: Final = "The quick brown fox jumps over the lazy dog, “twice”, and does not say why. "

TEXT_DELTAS: Final = 150
ARGUMENT_DELTAS: Final = 50


def typical() -> Json:
    """A talk of twenty long messages with a few tools at hand."""
    tools = [_tool(i, properties=3) for i in range(4)]
    said = [{"role": "assistant" if i % 2 else "user", "content": _text(i, 1_740)} for i in range(20)]
    return _request([{"role": "system", "content": _text(0, 500)}, *said, _user(21)], tools)


def dense() -> Json:
    """An agent's run: 180 small messages, most of them calls and results, and fifteen tools."""
    tools = [_tool(i, properties=4) for i in range(15)]
    messages = [{"role": "system", "content": _text(0, 500)}, _user(0)]
    for i in range(59):
        call = {"name": f"tool_{i % 15}", "arguments": f'{{"field_0":"value {i}","field_1":{i}}}'}
        messages += [
            {
                "role": "assistant",
                "content": _text(i, 45),
                "tool_calls": [{"id": f"call_{i:020}", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": f"call_{i:020}", "content": _text(i, 100)},
            _user(i),
        ]
    return _request(messages, tools)


def _request(messages: list[Json], tools: list[Json]) -> Json:
    return {
        "model": "asked-model",
        "messages": messages,
        "tools": tools,
        "tool_choice": "auto",
        "max_completion_tokens": 4096,
        "temperature": 0.7,
        "stream": True,
    }


def _user(i: int) -> Json:
    return {"role": "user", "content": _text(i, 60)}


def _text(i: int, characters: int) -> str:
    return (f"{i}. " + _WORDS * (characters // len(_WORDS) + 1))[:characters]


def _tool(i: int, properties: int) -> Json:
    fields = {f"field_{n}": {"type": "string", "description": _text(n, 45)} for n in range(properties)}
    schema = {"type": "object", "properties": fields, "required": ["field_0"]}
    function = {"name": f"tool_{i}", "description": _text(i, 120), "parameters": schema}
    return {"type": "function", "function": function}


def body(chat: Json, api: Api) -> bytes:
    """The request `chat` as a client of `api` sends it."""
    read = CLIENT_DIALECTS[Api.CHAT].read_request(chat)
    return msgspec.json.encode(CLIENT_DIALECTS[api].write_request(read, Losses()))


def stream(api: Api) -> list[bytes]:
    """A streamed answer of `api`, text and then a tool call, one event a piece."""
    if api is Api.CONVERSE:
        return _converse_stream()
    asked = Request(model=MODEL, messages=(), stream=True, include_usage=True)
    encoder = CLIENT_DIALECTS[api].stream_encoder(asked)
    return [piece for event in _events() if (piece := encoder.encode(event))]


def _events() -> list[Event]:
    return [
        Started("answer_1", MODEL, 1_700_000_000),
        PartStarted(0, PartKind.TEXT),
        *(Delta(0, _text(i, 24)) for i in range(TEXT_DELTAS)),
        PartEnded(0),
        PartStarted(1, PartKind.TOOL_CALL, "call_1", "look"),
        *(Delta(1, f'{" " * 20}"{i}"') for i in range(ARGUMENT_DELTAS)),
        PartEnded(1),
        Finished(Finish.TOOL_CALLS, Usage(10, 20)),
    ]


def _converse_stream() -> list[bytes]:
    def delta(index: int, said: Json) -> tuple[str, Json]:
        return "contentBlockDelta", {"contentBlockIndex": index, "delta": said}

    use = {"toolUse": {"toolUseId": "call_1", "name": "look"}}
    told = [
        ("messageStart", {"role": "assistant"}),
        *(delta(0, {"text": _text(i, 24)}) for i in range(TEXT_DELTAS)),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("contentBlockStart", {"contentBlockIndex": 1, "start": use}),
        *(delta(1, {"toolUse": {"input": f'{" " * 20}"{i}"'}}) for i in range(ARGUMENT_DELTAS)),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": {"inputTokens": 10, "outputTokens": 20, "totalTokens": 30}}),
    ]
    return [
        encode(
            {":event-type": kind, ":content-type": "application/json", ":message-type": "event"},
            msgspec.json.encode(payload),
        )
        for kind, payload in told
    ]
