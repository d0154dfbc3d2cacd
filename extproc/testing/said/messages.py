"""Messages: an answer told whole, and as the events of a stream."""

from collections.abc import Iterator

from extproc.testing.said.values import Json, Said, halves


def _usage(said: Said) -> Json:
    return {
        "input_tokens": said.input_tokens - said.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": said.cached_tokens,
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"thinking_tokens": said.reasoning_tokens},
    }


def finish(said: Said) -> str:
    return "max_tokens" if said.cut else "tool_use" if said.calls else "end_turn"


def _head(said: Said, content: list[Json], reason: str | None, usage: Json) -> Json:
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


def whole(said: Said) -> Json:
    content: list[Json] = []
    if said.thought:
        content.append({"type": "thinking", "thinking": said.thought, "signature": said.signature})
    if said.text:
        content.append({"type": "text", "text": said.text})
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in said.calls
    ]
    return _head(said, content, finish(said), _usage(said))


def events(said: Said) -> Iterator[Json]:
    begun = _usage(said) | {"output_tokens": 1, "output_tokens_details": None}
    yield {"type": "message_start", "message": _head(said, [], None, begun)}
    yield {"type": "ping"}
    for index, (start, deltas) in enumerate(_blocks(said)):
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    reason = {"stop_reason": finish(said), "stop_sequence": None}
    yield {"type": "message_delta", "delta": reason, "usage": _usage(said)}
    yield {"type": "message_stop"}


def _blocks(said: Said) -> Iterator[tuple[Json, list[Json]]]:
    """Each content block's start, and its deltas."""
    if said.thought:
        thoughts: list[Json] = [
            {"type": "thinking_delta", "thinking": piece} for piece in halves(said.thought)
        ]
        signature = {"type": "signature_delta", "signature": said.signature}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signature]
    if said.text:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": p} for p in halves(said.text)]
    for call in said.calls:
        start = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        inputs = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *halves(call.json))]
        yield start, inputs
