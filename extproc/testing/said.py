"""What a model says, and how a provider of each API tells it: whole, or as a stream, complete as real ones.

    provider.script(answer(Api.CONVERSE, Said("Hello", calls=(Call("c1", "look_up"),)), stream=True))

A stream has one step an event, so that a test can hold it anywhere.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from extproc.dialects.api import Api
from extproc.llm import eventstream
from extproc.testing.answers import Answer, Framing, json_answer, sse_answer

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    id: str
    name: str
    arguments: Json = field(default_factory=dict)

    @property
    def json(self) -> str:
        """The arguments as JSON text."""
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True)
class Said:
    """An answer: thought, then text, then calls."""

    text: str = ""
    thought: str = ""
    signature: str = ""
    """Of the thought, where the API has such a thing."""
    calls: tuple[Call, ...] = ()
    cut: bool = False
    """The limit of tokens was reached."""
    model: str = "model-of-provider"
    input_tokens: int = 20
    """Those that were read from the cache are among them."""
    cached_tokens: int = 8
    output_tokens: int = 9
    reasoning_tokens: int = 4
    """Among the output's."""


def answer(api: Api, said: Said, *, stream: bool) -> Answer:
    """`said` as a provider of `api` tells it."""
    whole, streamed = _TELLERS[api]
    if not stream:
        return json_answer(whole(said))
    events = streamed(said)
    if api is Api.CONVERSE:
        headers = (("content-type", "application/vnd.amazon.eventstream"),)
        return Answer(headers=headers, steps=tuple(map(_frame, events)), framing=Framing.CHUNKED)
    if api is Api.CHAT:
        return sse_answer([*map(_data, events), b"data: [DONE]\n\n"])
    return sse_answer(map(_event, events))


def _halves(text: str) -> list[str]:
    """A text in the deltas of a stream."""
    middle = len(text) // 2
    return [half for half in (text[:middle], text[middle:]) if half]


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


# Chat Completions


def _chat_usage(said: Said) -> Json:
    return {
        "prompt_tokens": said.input_tokens,
        "completion_tokens": said.output_tokens,
        "total_tokens": said.input_tokens + said.output_tokens,
        "prompt_tokens_details": {"cached_tokens": said.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": said.reasoning_tokens},
    }


def _chat_finish(said: Said) -> str:
    return "length" if said.cut else "tool_calls" if said.calls else "stop"


def _chat_head(said: Said, kind: str) -> Json:
    return {"id": "chatcmpl-7", "object": kind, "created": 1700000000, "model": said.model}


def _chat(said: Said) -> Json:
    message: Json = {"role": "assistant", "content": said.text or None}
    if said.thought:
        message["reasoning_content"] = said.thought
    if said.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.json}}
            for call in said.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": _chat_finish(said), "logprobs": None}
    return {**_chat_head(said, "chat.completion"), "choices": [choice], "usage": _chat_usage(said)}


def _chat_stream(said: Said) -> Iterator[Json]:
    head = _chat_head(said, "chat.completion.chunk")

    def chunk(delta: Json, reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return {**head, "choices": [choice], "usage": None}

    yield chunk({"role": "assistant", "content": ""})
    yield from (chunk({"reasoning_content": piece}) for piece in _halves(said.thought))
    yield from (chunk({"content": piece}) for piece in _halves(said.text))
    for index, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": ""}
        start = {"index": index, "id": call.id, "type": "function", "function": function}
        yield chunk({"tool_calls": [start]})
        for piece in _halves(call.json):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, _chat_finish(said))
    yield {**head, "choices": [], "usage": _chat_usage(said)}


# Messages


def _messages_usage(said: Said) -> Json:
    return {
        "input_tokens": said.input_tokens - said.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": said.cached_tokens,
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"thinking_tokens": said.reasoning_tokens},
    }


def _messages_finish(said: Said) -> str:
    return "max_tokens" if said.cut else "tool_use" if said.calls else "end_turn"


def _messages_head(said: Said, content: list[Json], reason: str | None, usage: Json) -> Json:
    return {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    }


def _messages(said: Said) -> Json:
    content: list[Json] = []
    if said.thought:
        content.append({"type": "thinking", "thinking": said.thought, "signature": said.signature})
    if said.text:
        content.append({"type": "text", "text": said.text})
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in said.calls
    ]
    return _messages_head(said, content, _messages_finish(said), _messages_usage(said))


def _messages_stream(said: Said) -> Iterator[Json]:
    begun = _messages_usage(said) | {"output_tokens": 1, "output_tokens_details": None}
    yield {"type": "message_start", "message": _messages_head(said, [], None, begun)}
    yield {"type": "ping"}
    for index, (start, deltas) in enumerate(_blocks(said)):
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    reason = {"stop_reason": _messages_finish(said), "stop_sequence": None}
    yield {"type": "message_delta", "delta": reason, "usage": _messages_usage(said)}
    yield {"type": "message_stop"}


def _blocks(said: Said) -> Iterator[tuple[Json, list[Json]]]:
    """Each content block's start, and its deltas."""
    if said.thought:
        thoughts: list[Json] = [
            {"type": "thinking_delta", "thinking": piece} for piece in _halves(said.thought)
        ]
        signature = {"type": "signature_delta", "signature": said.signature}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signature]
    if said.text:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": p} for p in _halves(said.text)]
    for call in said.calls:
        start = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        inputs = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *_halves(call.json))]
        yield start, inputs


# Responses


def _response(said: Said, output: list[Json], status: str) -> Json:
    ended = status != "in_progress"
    usage = {
        "input_tokens": said.input_tokens,
        "input_tokens_details": {"cached_tokens": said.cached_tokens},
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"reasoning_tokens": said.reasoning_tokens},
        "total_tokens": said.input_tokens + said.output_tokens,
    }
    return {
        "id": "resp_7",
        "object": "response",
        "created_at": 1700000000,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": None,
        "metadata": {},
        "model": said.model,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage if ended else None,
    }


def _responses_status(said: Said) -> str:
    return "incomplete" if said.cut else "completed"


def _items(said: Said) -> Iterator[Json]:
    """The output items, whole."""
    if said.thought:
        summary = [{"type": "summary_text", "text": said.thought}]
        yield {"id": "rs_7", "type": "reasoning", "summary": summary, "encrypted_content": said.signature}
    if said.text:
        part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
        message = {"id": "msg_7", "type": "message", "role": "assistant"}
        yield {**message, "status": _responses_status(said), "content": [part]}
    for index, call in enumerate(said.calls):
        named = {"id": f"fc_{index}", "type": "function_call", "call_id": call.id, "name": call.name}
        yield {**named, "arguments": call.json, "status": "completed"}


def _responses(said: Said) -> Json:
    return _response(said, list(_items(said)), _responses_status(said))


def _responses_stream(said: Said) -> Iterator[Json]:
    return ({**event, "sequence_number": n} for n, event in enumerate(_responses_events(said)))


def _responses_events(said: Said) -> Iterator[Json]:
    yield {"type": "response.created", "response": _response(said, [], "in_progress")}
    yield {"type": "response.in_progress", "response": _response(said, [], "in_progress")}
    items = list(_items(said))
    for index, item in enumerate(items):
        where = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress", **_EMPTY[item["type"]]}
        yield {"type": "response.output_item.added", "output_index": index, "item": begun}
        yield from _item_events(item, where)
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    status = _responses_status(said)
    yield {"type": f"response.{status}", "response": _response(said, items, status)}


_EMPTY: dict[str, Json] = {
    "reasoning": {"summary": [], "encrypted_content": ""},
    "message": {"content": []},
    "function_call": {"arguments": ""},
}
"""An item's fields when it begins."""


def _item_events(item: Json, where: Json) -> Iterator[Json]:
    match item["type"]:
        case "reasoning":
            at, (part,) = {**where, "summary_index": 0}, item["summary"]
            yield {"type": "response.reasoning_summary_part.added", **at, "part": part | {"text": ""}}
            yield from _text_events("reasoning_summary_text", at, "text", part["text"])
            yield {"type": "response.reasoning_summary_part.done", **at, "part": part}
        case "message":
            at, (part,) = {**where, "content_index": 0}, item["content"]
            yield {"type": "response.content_part.added", **at, "part": part | {"text": ""}}
            yield from _text_events("output_text", {**at, "logprobs": []}, "text", part["text"])
            yield {"type": "response.content_part.done", **at, "part": part}
        case "function_call":
            yield from _text_events("function_call_arguments", where, "arguments", item["arguments"])


def _text_events(kind: str, at: Json, whole: str, text: str) -> Iterator[Json]:
    for piece in _halves(text):
        yield {"type": f"response.{kind}.delta", **at, "delta": piece}
    yield {"type": f"response.{kind}.done", **at, whole: text}


# Bedrock Converse


def _converse_usage(said: Said) -> Json:
    return {
        "inputTokens": said.input_tokens - said.cached_tokens,
        "outputTokens": said.output_tokens,
        "totalTokens": said.input_tokens + said.output_tokens,
        "cacheReadInputTokens": said.cached_tokens,
        "cacheWriteInputTokens": 0,
    }


def _converse(said: Said) -> Json:
    content: list[Json] = []
    if said.thought:
        reasoning = {"text": said.thought, "signature": said.signature}
        content.append({"reasoningContent": {"reasoningText": reasoning}})
    if said.text:
        content.append({"text": said.text})
    content += [
        {"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.arguments}} for call in said.calls
    ]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": _messages_finish(said),
        "usage": _converse_usage(said),
        "metrics": {"latencyMs": 120},
    }


def _converse_stream(said: Said) -> Iterator[Json]:
    yield {"messageStart": {"role": "assistant"}}
    for index, (start, deltas) in enumerate(_converse_blocks(said)):
        at = {"contentBlockIndex": index}
        if start:
            yield {"contentBlockStart": {**at, "start": start}}
        for delta in deltas:
            yield {"contentBlockDelta": {**at, "delta": delta}}
        yield {"contentBlockStop": at}
    yield {"messageStop": {"stopReason": _messages_finish(said)}}
    yield {"metadata": {"usage": _converse_usage(said), "metrics": {"latencyMs": 120}}}


def _converse_blocks(said: Said) -> Iterator[tuple[Json | None, Iterable[Json]]]:
    """Only a tool's block has a start."""
    if said.thought:
        thoughts = [{"reasoningContent": {"text": piece}} for piece in _halves(said.thought)]
        yield None, [*thoughts, {"reasoningContent": {"signature": said.signature}}]
    if said.text:
        yield None, [{"text": piece} for piece in _halves(said.text)]
    for call in said.calls:
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        yield start, [{"toolUse": {"input": piece}} for piece in _halves(call.json)]


_TELLERS = {
    Api.CHAT: (_chat, _chat_stream),
    Api.MESSAGES: (_messages, _messages_stream),
    Api.RESPONSES: (_responses, _responses_stream),
    Api.CONVERSE: (_converse, _converse_stream),
}
