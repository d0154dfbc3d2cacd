"""A whole answer of Converse, read."""

from typing import Any, Final

from extproc.dialects.api import Api
from extproc.dialects.bedrock_converse.answer import (
    annotation,
    dicts,
    finish_of,
    mapping,
    model_of,
    stop_sequence_of,
    string,
    tier_of,
    usage_of,
)
from extproc.dialects.tool_input import arguments_of
from extproc.llm.parts import Part, Reasoning, Text, ToolCall
from extproc.llm.response import Response

Json = dict[str, Any]

_FIELDS: Final = frozenset({"output", "stopReason", "usage", "metrics", "serviceTier"})
"""What is modelled or tells nothing of the answer itself."""


def read_response(body: Json) -> Response:
    """The answer; what is missing or odd in it is passed over."""
    lost = [key for key, value in body.items() if key not in _FIELDS and value is not None]
    parts = []
    for i, block in enumerate(dicts(mapping(mapping(body, "output"), "message").get("content"))):
        part = _part(block)
        if part is None:
            lost.append(f"output.message.content[{i}]")
        else:
            parts.append(part)
    return Response(
        id="",
        model=model_of(body),
        parts=tuple(parts),
        finish=finish_of(body.get("stopReason"), any(type(part) is ToolCall for part in parts)),
        stop_sequence=stop_sequence_of(body),
        usage=usage_of(body.get("usage")),
        service_tier=tier_of(body),
        unmodelled=tuple(lost),
    )


def _part(block: Json) -> Part | None:
    """A block; ``None``: of a kind that has no meaning elsewhere."""
    if "text" in block:
        return Text(string(block, "text"))
    if "toolUse" in block:
        return _tool_call(mapping(block, "toolUse"))
    if "reasoningContent" in block:
        return _reasoning(mapping(block, "reasoningContent"))
    if "citationsContent" in block:
        return _cited(mapping(block, "citationsContent"))
    return None


def _tool_call(call: Json) -> Part | None:
    if call.get("type") == "server_tool_use":
        return None
    given = call.get("input")
    return ToolCall(
        string(call, "toolUseId"), string(call, "name"), "{}" if given is None else arguments_of(given)
    )


def _reasoning(content: Json) -> Reasoning:
    said = mapping(content, "reasoningText")
    signature = string(said, "signature") or None
    redacted = string(content, "redactedContent") or None
    origin = Api.CONVERSE.value if signature or redacted else None
    return Reasoning(string(said, "text"), signature, redacted, origin=origin)


def _cited(content: Json) -> Text:
    text = "".join(string(piece, "text") for piece in dicts(content.get("content")))
    notes = tuple(annotation(citation, len(text)) for citation in dicts(content.get("citations")))
    return Text(text, annotations=notes)
