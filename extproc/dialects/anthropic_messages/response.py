"""A whole answer of Messages, read and written."""

from typing import Any, Final

from extproc.dialects.anthropic_messages import citations, signatures
from extproc.dialects.anthropic_messages.answer import (
    finish_of,
    message_id,
    stop_reason_of,
    tier_of,
    usage_of,
    write_tier,
    write_usage,
)
from extproc.dialects.tool_input import arguments_of, input_or_text
from extproc.llm.parts import Part, Reasoning, Refusal, Text, ToolCall
from extproc.llm.request import Request
from extproc.llm.response import Response

Json = dict[str, Any]

_FIELDS: Final = frozenset(
    {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"}
)


def read_response(body: Json) -> Response:
    """The answer; what is missing or odd in it is passed over."""
    lost = [key for key, value in body.items() if key not in _FIELDS and value is not None]
    content = body.get("content")
    parts = []
    for i, block in enumerate(content if isinstance(content, list) else ()):
        part = _part(block) if isinstance(block, dict) else None
        if part is None:
            lost.append(f"content[{i}]")
        else:
            parts.append(part)
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else None
    return Response(
        id=_string(body, "id"),
        model=_string(body, "model"),
        parts=tuple(parts),
        finish=finish_of(body.get("stop_reason"), any(type(part) is ToolCall for part in parts)),
        stop_sequence=_string(body, "stop_sequence") or None,
        usage=usage_of(usage) if usage is not None else None,
        service_tier=tier_of(usage or {}),
        unmodelled=tuple(lost),
    )


def _string(at: Json, key: str) -> str:
    value = at.get(key)
    return value if isinstance(value, str) else ""


def _part(block: Json) -> Part | None:
    """A block; ``None``: a server tool's, or of a kind that we do not know."""
    match block.get("type"):
        case "text":
            text, notes = _string(block, "text"), block.get("citations")
            cited = [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
            return Text(text, annotations=citations.read(cited, text))
        case "thinking":
            return signatures.read(_string(block, "thinking"), _string(block, "signature"))
        case "redacted_thinking":
            return signatures.read("", _string(block, "data"), redacted=True)
        case "tool_use":
            given = block.get("input")
            return ToolCall(
                _string(block, "id"), _string(block, "name"), arguments_of(given) if given else "{}"
            )
        case _:
            return None


def write_response(response: Response, request: Request) -> Json:
    """The answer for a client."""
    refused = any(type(part) is Refusal for part in response.parts)
    usage = write_usage(response.usage)
    if (tier := write_tier(response.service_tier)) is not None:
        usage["service_tier"] = tier
    return {
        "id": message_id(response.id),
        "type": "message",
        "role": "assistant",
        "model": response.model or request.model,
        "content": [block for part in response.parts for block in _blocks(part)],
        "stop_reason": stop_reason_of(response.finish, refused),
        "stop_sequence": response.stop_sequence,
        "usage": usage,
    }


def _blocks(part: Part) -> list[Json]:
    match part:
        case Text(text=text):
            return [text_block(text, citations.write(part.annotations, text))] if text else []
        case Refusal(text=text):
            return [text_block(text, [])] if text else []
        case Reasoning():
            return reasoning_blocks(part)
        case ToolCall():
            given = {"input": part.arguments} if part.custom else input_or_text(part.arguments)
            return [{"type": "tool_use", "id": part.id, "name": part.name, "input": given}]
        case _:
            return []


def text_block(text: str, cited: list[Json]) -> Json:
    """A text block with its citations, if any."""
    block: Json = {"type": "text", "text": text}
    if cited:
        block["citations"] = cited
    return block


def reasoning_blocks(part: Reasoning) -> list[Json]:
    """Redacted data is a block of its own, all else a thinking block."""
    if data := signatures.write_redacted(part):
        return [{"type": "redacted_thinking", "data": data}]
    signature = signatures.write(part)
    if not part.text and not signature:
        return []
    return [{"type": "thinking", "thinking": part.text, "signature": signature}]
