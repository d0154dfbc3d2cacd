"""``messages`` of a Chat Completions request, written."""

from collections.abc import Iterator
from typing import Any

from extproc.dialects.api import Api
from extproc.dialects.openai_chat import content, reasoning
from extproc.llm.loss import Losses
from extproc.llm.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from extproc.llm.request import Message, Role

Json = dict[str, Any]


def write(messages: tuple[Message, ...], losses: Losses) -> list[Json]:
    """All of them. Raises `InvalidRequest` for content that this API cannot carry."""
    written: list[Json] = []
    shown: list[Json] = []  # what tools gave besides text: it follows their messages in a user message
    for i, message in enumerate(messages):
        at = f"messages[{i}]"
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        if not results and shown:
            written.append({"role": "user", "content": shown})
            shown = []
        for result in results:
            written.append(_tool(result, at, losses))
            shown += _shown(result, at, losses)
        if message.role != Role.TOOL:
            others: list[Part] = [part for part in message.parts if not isinstance(part, ToolResult)]
            if others or not results:
                written.append(_message(message, others, at, losses))
    if shown:
        written.append({"role": "user", "content": shown})
    return written


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


def _message(message: Message, parts: list[Part], at: str, losses: Losses) -> Json:
    written: Json = {"role": message.role.value}
    if message.name is not None:
        written["name"] = message.name
    if message.role == Role.ASSISTANT:
        return written | _assistant(parts, at, losses)
    return written | {"content": content.write(parts, f"{at}.content", losses)}


def _assistant(parts: list[Part], at: str, losses: Losses) -> Json:
    """The rest of an assistant's message: what it said comes before what it called, always."""
    calls = [_call(part, at, losses) for part in parts if isinstance(part, ToolCall)]
    said = [part for part in parts if not _has_own_field(part)]
    written: Json = {"content": content.write(said, f"{at}.content", losses)}
    if not said and len(parts) > 0:
        written["content"] = None
    written |= _reasoning([part for part in parts if isinstance(part, Reasoning)], at, losses)
    if refusal := "".join(part.text for part in parts if isinstance(part, Refusal)):
        written["refusal"] = refusal
    for audio in _audio(parts):
        written["audio"] = audio
    if calls:
        written["tool_calls"] = calls
    return written


def _has_own_field(part: Part) -> bool:
    return isinstance(part, ToolCall | Reasoning | Refusal) or _is_audio(part)


def _is_audio(part: Part) -> bool:
    """An earlier spoken answer, by its id."""
    return isinstance(part, Opaque) and part.type == "audio" and part.origin == Api.CHAT


def _audio(parts: list[Part]) -> Iterator[Json]:
    return (part.raw for part in parts if isinstance(part, Opaque) and _is_audio(part))


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
