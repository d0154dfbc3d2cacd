"""Chat Completions: an answer told whole, and as the events of a stream."""

from collections.abc import Iterator

from extproc.testing.said.values import Json, Said, halves


def _usage(said: Said) -> Json:
    return {
        "prompt_tokens": said.input_tokens,
        "completion_tokens": said.output_tokens,
        "total_tokens": said.input_tokens + said.output_tokens,
        "prompt_tokens_details": {"cached_tokens": said.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": said.reasoning_tokens},
    }


def _finish(said: Said) -> str:
    return "length" if said.cut else "tool_calls" if said.calls else "stop"


def _head(said: Said, kind: str) -> Json:
    return {"id": "chatcmpl-7", "object": kind, "created": 1700000000, "model": said.model}


def whole(said: Said) -> Json:
    message: Json = {"role": "assistant", "content": said.text or None}
    if said.thought:
        message["reasoning_content"] = said.thought
    if said.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.json}}
            for call in said.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(said), "logprobs": None}
    return {**_head(said, "chat.completion"), "choices": [choice], "usage": _usage(said)}


def events(said: Said) -> Iterator[Json]:
    head = _head(said, "chat.completion.chunk")

    def chunk(delta: Json, reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return {**head, "choices": [choice], "usage": None}

    yield chunk({"role": "assistant", "content": ""})
    yield from (chunk({"reasoning_content": piece}) for piece in halves(said.thought))
    yield from (chunk({"content": piece}) for piece in halves(said.text))
    for index, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": ""}
        start = {"index": index, "id": call.id, "type": "function", "function": function}
        yield chunk({"tool_calls": [start]})
        for piece in halves(call.json):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, _finish(said))
    yield {**head, "choices": [], "usage": _usage(said)}
