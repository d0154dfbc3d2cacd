"""What becomes of a streamed answer, event by event."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from docgen.probe import NAMES, Json, table
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.llm.events import Event, Ping, Started
from extproc.llm.eventstream import encode
from extproc.llm.request import Request
from extproc.llm.sse import SseDecoder

_ASKED: Final = Request(model="m", messages=(), stream=True, include_usage=True)


def _converse_event(kind: str, payload: Json) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return encode(headers, msgspec.json.encode(payload))


def _converse_exception(kind: str, payload: Json) -> bytes:
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return encode(headers, msgspec.json.encode(payload))


def _sse(name: str, payload: Json) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(payload | {"type": name}))


def _chunk(delta: Json, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %s\n\n" % msgspec.json.encode({"id": "chatcmpl-1", "model": "m", "choices": [choice]})


def _part_of_call(**said: Any) -> Json:
    return {"tool_calls": [{"index": 0} | said]}


_CHAT_STREAM: Final = (
    ("`delta.role`", _chunk({"role": "assistant", "content": ""})),
    ("`delta.reasoning_content`", _chunk({"reasoning_content": "Hm."})),
    ("`delta.content`", _chunk({"content": "Hi."})),
    ("`delta.refusal`", _chunk({"refusal": "No."})),
    (
        "`delta.tool_calls[]`, its first",
        _chunk(_part_of_call(id="c1", type="function", function={"name": "look", "arguments": ""})),
    ),
    ("`delta.tool_calls[]`, more", _chunk(_part_of_call(function={"arguments": "{}"}))),
    ("`finish_reason`", _chunk({}, "tool_calls")),
    (
        "`usage`",
        b"data: %s\n\n"
        % msgspec.json.encode({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}),
    ),
    ("`[DONE]`", b"data: [DONE]\n\n"),
)

_MESSAGES_STREAM: Final = (
    (
        "`message_start`",
        _sse("message_start", {"message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 1}}}),
    ),
    ("`ping`", _sse("ping", {})),
    (
        "`content_block_start` thinking",
        _sse("content_block_start", {"index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
    ),
    (
        "`thinking_delta`",
        _sse("content_block_delta", {"index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}}),
    ),
    (
        "`signature_delta`",
        _sse("content_block_delta", {"index": 0, "delta": {"type": "signature_delta", "signature": "s"}}),
    ),
    ("`content_block_stop`", _sse("content_block_stop", {"index": 0})),
    (
        "`content_block_start` text",
        _sse("content_block_start", {"index": 1, "content_block": {"type": "text", "text": ""}}),
    ),
    (
        "`text_delta`",
        _sse("content_block_delta", {"index": 1, "delta": {"type": "text_delta", "text": "Hi."}}),
    ),
    ("`content_block_stop`", _sse("content_block_stop", {"index": 1})),
    (
        "`content_block_start` tool_use",
        _sse(
            "content_block_start",
            {"index": 2, "content_block": {"type": "tool_use", "id": "c1", "name": "look", "input": {}}},
        ),
    ),
    (
        "`input_json_delta`",
        _sse(
            "content_block_delta", {"index": 2, "delta": {"type": "input_json_delta", "partial_json": "{}"}}
        ),
    ),
    ("`content_block_stop`", _sse("content_block_stop", {"index": 2})),
    (
        "`message_delta`",
        _sse("message_delta", {"delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}}),
    ),
    ("`message_stop`", _sse("message_stop", {})),
)

_TEXT_PART: Final = {"type": "output_text", "text": "", "annotations": []}
_ITEM: Final = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []}
_FUNCTION: Final = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "look", "arguments": ""}
_RESPONSE: Final = {"id": "resp_1", "model": "m", "created_at": 1, "status": "in_progress", "output": []}
_ENDED: Final = _RESPONSE | {
    "status": "completed",
    "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
}
_THOUGHT: Final = {"type": "reasoning", "id": "rs_1", "summary": []}

_RESPONSES_EVENTS: Final = (
    ("response.created", {"response": _RESPONSE}),
    ("response.in_progress", {"response": _RESPONSE}),
    ("response.output_item.added", {"output_index": 0, "item": _THOUGHT}),
    ("response.reasoning_summary_part.added", {"output_index": 0, "summary_index": 0, "item_id": "rs_1"}),
    (
        "response.reasoning_summary_text.delta",
        {"output_index": 0, "summary_index": 0, "item_id": "rs_1", "delta": "Hm."},
    ),
    (
        "response.output_item.done",
        {
            "output_index": 0,
            "item": _THOUGHT
            | {"summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "xx"},
        },
    ),
    ("response.output_item.added", {"output_index": 1, "item": _ITEM}),
    (
        "response.content_part.added",
        {"output_index": 1, "content_index": 0, "item_id": "msg_1", "part": _TEXT_PART},
    ),
    (
        "response.output_text.delta",
        {"output_index": 1, "content_index": 0, "item_id": "msg_1", "delta": "Hi."},
    ),
    ("response.output_text.done", {"output_index": 1, "content_index": 0, "item_id": "msg_1", "text": "Hi."}),
    (
        "response.content_part.done",
        {"output_index": 1, "content_index": 0, "item_id": "msg_1", "part": _TEXT_PART | {"text": "Hi."}},
    ),
    (
        "response.output_item.done",
        {
            "output_index": 1,
            "item": _ITEM | {"status": "completed", "content": [_TEXT_PART | {"text": "Hi."}]},
        },
    ),
    ("response.output_item.added", {"output_index": 2, "item": _FUNCTION}),
    ("response.function_call_arguments.delta", {"output_index": 2, "item_id": "fc_1", "delta": "{}"}),
    ("response.function_call_arguments.done", {"output_index": 2, "item_id": "fc_1", "arguments": "{}"}),
    ("response.output_item.done", {"output_index": 2, "item": _FUNCTION | {"arguments": "{}"}}),
    ("response.completed", {"response": _ENDED}),
)

_CONVERSE_STREAM: Final = tuple(
    (label, _converse_event(kind, payload))
    for label, kind, payload in (
        ("`messageStart`", "messageStart", {"role": "assistant"}),
        (
            "`contentBlockDelta` reasoningContent",
            "contentBlockDelta",
            {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm."}}},
        ),
        ("`contentBlockStop`", "contentBlockStop", {"contentBlockIndex": 0}),
        (
            "`contentBlockDelta` text",
            "contentBlockDelta",
            {"contentBlockIndex": 1, "delta": {"text": "Hi."}},
        ),
        ("`contentBlockStop`", "contentBlockStop", {"contentBlockIndex": 1}),
        (
            "`contentBlockStart` toolUse",
            "contentBlockStart",
            {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "c1", "name": "look"}}},
        ),
        (
            "`contentBlockDelta` toolUse",
            "contentBlockDelta",
            {"contentBlockIndex": 2, "delta": {"toolUse": {"input": "{}"}}},
        ),
        ("`contentBlockStop`", "contentBlockStop", {"contentBlockIndex": 2}),
        ("`messageStop`", "messageStop", {"stopReason": "tool_use"}),
        ("`metadata`", "metadata", {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}}),
    )
)

STREAMS: Final = {
    Api.CHAT: _CHAT_STREAM,
    Api.RESPONSES: tuple((f"`{name}`", _sse(name, payload)) for name, payload in _RESPONSES_EVENTS),
    Api.MESSAGES: _MESSAGES_STREAM,
    Api.CONVERSE: _CONVERSE_STREAM,
}
"""A whole stream of each API, event by event: thinking, text, a tool call."""

BREAKS: Final = {
    Api.CHAT: ("`error`", b'data: {"error":{"message":"Overloaded.","type":"server_error"}}\n\n'),
    Api.RESPONSES: ("`error`", _sse("error", {"code": "server_error", "message": "Overloaded."})),
    Api.MESSAGES: (
        "`error`",
        _sse("error", {"error": {"type": "overloaded_error", "message": "Overloaded."}}),
    ),
    Api.CONVERSE: ("an exception", _converse_exception("throttlingException", {"message": "Overloaded."})),
}
"""How each API says in mid-stream that it fails."""


def streams(upstream: Api) -> str:
    """A stream event by event: what each of a provider's becomes for each client."""
    clients = [api for api in CLIENT_DIALECTS if api is not upstream]
    decoder = UPSTREAM_DIALECTS[upstream].stream_decoder()
    encoders = [CLIENT_DIALECTS[client].stream_encoder(_ASKED) for client in clients]
    rows: list[list[str]] = []
    for label, data in STREAMS[upstream]:
        events = decoder.feed(data)
        rows.append([label, *(_told(encoder.encode(e) for e in events) for encoder in encoders)])
    rest = decoder.close()
    rows.append(["the end", *(_told(encoder.encode(e) for e in rest) for encoder in encoders)])
    rows += _broken(upstream, clients)
    return table([NAMES[upstream], *(NAMES[client] for client in clients)], rows)


def _broken(upstream: Api, clients: list[Api]) -> Iterator[list[str]]:
    label, data = BREAKS[upstream]
    first = STREAMS[upstream][0][1]
    for name, rest in ((f"{label} in mid-stream", data), ("cut off in mid-stream", b"")):
        decoder = UPSTREAM_DIALECTS[upstream].stream_decoder()
        before = decoder.feed(first)
        after = [*decoder.feed(rest), *decoder.close()]
        yield [name, *(_told(_encoded(client, before, after)) for client in clients)]


def _encoded(client: Api, before: list[Event], events: list[Event]) -> Iterator[bytes]:
    encoder = CLIENT_DIALECTS[client].stream_encoder(_ASKED)
    for event in before:
        encoder.encode(event)
    return (encoder.encode(event) for event in events)


def _told(pieces: Iterator[bytes]) -> str:
    """The names of the events in some bytes; ``—``: there are none."""
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    names = (_name(event.event, event.data) for event in events)
    return "<br>".join(dict.fromkeys(names)) or "—"


def _name(event: str, data: bytes | str) -> str:
    """An event's name; Chat has none, its chunks are told by what is in them."""
    if event and event != "message":
        return f"`{event}`"
    if data in ("[DONE]", b"[DONE]"):
        return "`[DONE]`"
    chunk = msgspec.json.decode(data)
    if "error" in chunk:
        return "`error`"
    return _chunk_name(chunk)


def _chunk_name(chunk: Json) -> str:
    said = []
    for choice in chunk["choices"]:
        said += [f"`delta.{key}`" for key in choice["delta"]]
        said += ["`finish_reason`"] if choice.get("finish_reason") else []
    said += ["`usage`"] if chunk.get("usage") else []
    return " ".join(said) or "a chunk with nothing in it"


def pings() -> str:
    """What a sign of life becomes, in words for each client."""
    told = (
        f"{NAMES[client]}: {_told(_encoded(client, [Started()], [Ping()]))}" for client in CLIENT_DIALECTS
    )
    return "; ".join(told)
