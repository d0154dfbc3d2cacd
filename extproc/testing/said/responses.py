"""Responses: an answer told whole, and as the events of a stream."""

from collections.abc import Iterator

from extproc.testing.said.values import Json, Said, halves


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


def _status(said: Said) -> str:
    return "incomplete" if said.cut else "completed"


def _items(said: Said) -> Iterator[Json]:
    """The output items, whole."""
    if said.thought:
        summary = [{"type": "summary_text", "text": said.thought}]
        yield {"id": "rs_7", "type": "reasoning", "summary": summary, "encrypted_content": said.signature}
    if said.text:
        part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
        message = {"id": "msg_7", "type": "message", "role": "assistant"}
        yield {**message, "status": _status(said), "content": [part]}
    for index, call in enumerate(said.calls):
        named = {"id": f"fc_{index}", "type": "function_call", "call_id": call.id, "name": call.name}
        yield {**named, "arguments": call.json, "status": "completed"}


def whole(said: Said) -> Json:
    return _response(said, list(_items(said)), _status(said))


def events(said: Said) -> Iterator[Json]:
    return ({**event, "sequence_number": n} for n, event in enumerate(_unnumbered(said)))


def _unnumbered(said: Said) -> Iterator[Json]:
    yield {"type": "response.created", "response": _response(said, [], "in_progress")}
    yield {"type": "response.in_progress", "response": _response(said, [], "in_progress")}
    items = list(_items(said))
    for index, item in enumerate(items):
        where = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress", **_EMPTY[item["type"]]}
        yield {"type": "response.output_item.added", "output_index": index, "item": begun}
        yield from _item_events(item, where)
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    status = _status(said)
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
    for piece in halves(text):
        yield {"type": f"response.{kind}.delta", **at, "delta": piece}
    yield {"type": f"response.{kind}.done", **at, whole: text}
