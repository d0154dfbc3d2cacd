"""``messages`` of a Chat Completions request, written."""

from collections.abc import Sequence
from typing import Any, Final, TypeGuard

from extproc.dialects.api import Api
from extproc.dialects.openai_chat import content, reasoning
from extproc.llm.loss import Losses
from extproc.llm.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from extproc.llm.request import Message, Role

Json = dict[str, Any]

# To look a member up in its enum costs more than what is done with it here.
_ASSISTANT: Final = Role.ASSISTANT
_TOOL: Final = Role.TOOL


def write(messages: tuple[Message, ...], losses: Losses) -> list[Json]:
    """All of them. Raises `InvalidRequest` for content that this API cannot carry."""
    written: list[Json] = []
    shown: list[Json] = []  # what tools gave besides text: it follows their messages in a user message
    for i, message in enumerate(messages):
        at = f"messages[{i}]"
        if message.role is _TOOL:
            shown += _results(message.parts, at, losses, written)
            continue
        others: Sequence[Part] = message.parts
        if ToolResult in map(type, message.parts):
            shown += _results(message.parts, at, losses, written)
            others = [part for part in message.parts if type(part) is not ToolResult]
            if not others:
                continue
        if shown:
            written.append({"role": "user", "content": shown})
            shown = []
        written.append(_message(message, others, at, losses))
    if shown:
        written.append({"role": "user", "content": shown})
    return written


def _results(parts: Sequence[Part], at: str, losses: Losses, written: list[Json]) -> list[Json]:
    """Writes the messages of the tools; gives back what else there is to show."""
    shown: list[Json] = []
    for part in parts:
        if isinstance(part, ToolResult):
            written.append(_tool(part, at, losses))
            shown += _shown(part, at, losses)
    return shown


def _tool(result: ToolResult, at: str, losses: Losses) -> Json:
    """A message of role ``tool``: text alone."""
    if result.is_error:
        losses.add(f"{at}.is_error")
    if result.cache is not None:
        losses.add(f"{at}.cache_control")
    texts: list[Part] = [part for part in result.content if isinstance(part, Text)]
    return {
        "role": "tool",
        "tool_call_id": result.call_id,
        "content": content.write(texts, f"{at}.content", losses),
    }


def _shown(result: ToolResult, at: str, losses: Losses) -> list[Json]:
    """Images and documents that a tool gave, with a word on whose they are."""
    others: list[Part] = [part for part in result.content if not isinstance(part, Text)]
    if not others:
        return []
    heading: Part = Text(f"Output of the tool call {result.call_id}:")
    written = content.write([heading, *others], f"{at}.content", losses)
    assert isinstance(written, list)
    return written


def _message(message: Message, parts: Sequence[Part], at: str, losses: Losses) -> Json:
    written: Json = {"role": str(message.role)}
    if message.name is not None:
        written["name"] = message.name
    if message.role is _ASSISTANT:
        return _assistant(written, parts, at, losses)
    written["content"] = content.write(parts, f"{at}.content", losses)
    return written


def _assistant(written: Json, parts: Sequence[Part], at: str, losses: Losses) -> Json:
    """An assistant's message: what it said comes before what it called, always."""
    said: list[Part] = []
    calls: list[ToolCall] = []
    thoughts: list[Reasoning] = []
    refusals: list[Refusal] = []
    fields: dict[type, list[Any]] = {ToolCall: calls, Reasoning: thoughts, Refusal: refusals}
    for part in parts:
        if _is_audio(part):
            written["audio"] = part.raw
        else:
            fields.get(type(part), said).append(part)
    written["content"] = content.write(said, f"{at}.content", losses) if said or not parts else None
    if thoughts:
        written |= _reasoning(thoughts, at, losses)
    if refusals:
        written["refusal"] = "".join(part.text for part in refusals)
    if calls:
        written["tool_calls"] = [_call(call, at, losses) for call in calls]
    return written


def _is_audio(part: Part) -> TypeGuard[Opaque]:
    """An earlier spoken answer, by its id."""
    return type(part) is Opaque and part.type == "audio" and part.origin == Api.CHAT


def _reasoning(parts: list[Reasoning], at: str, losses: Losses) -> Json:
    """Thinking as text for those who want it back (DeepSeek …); signatures for their maker alone."""
    text = "\n\n".join(part.text for part in parts if part.text)
    written: Json = {"reasoning_content": text} if text else {}
    details = reasoning.details_of(part for part in parts if part.origin == Api.CHAT)
    if details:
        written["reasoning_details"] = details
    if any(not part.text and part.origin != Api.CHAT for part in parts):
        losses.add(f"{at}.reasoning")
    return written


def _call(call: ToolCall, at: str, losses: Losses) -> Json:
    if call.cache is not None:
        losses.add(f"{at}.tool_calls.cache_control")
    if call.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function}
