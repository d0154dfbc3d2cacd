"""Parts of a request as content blocks of Messages."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from extproc.dialects.anthropic_messages.signatures import ANTHROPIC
from extproc.dialects.api import Api
from extproc.dialects.media import media_type, text_of
from extproc.dialects.tool_input import input_of, tool_id
from extproc.llm.loss import Losses, refuse
from extproc.llm.parts import (
    Audio,
    CacheControl,
    Document,
    FileId,
    Image,
    Inline,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Url,
)

Json = dict[str, Any]

TARGET: Final = "Anthropic Messages"

_TOOL_ID: Final = re.compile(r"[a-zA-Z0-9_-]+")
_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_INNER: Final = (Text, Refusal, Image, Document, Opaque)
"""What may stand in a tool's result."""
_OPENAI_FILE: Final = "file-"
"""How OpenAI's file ids begin; Anthropic's begin with ``file_``."""


def system_blocks(losses: Losses, part: Part, path: str) -> list[Json]:
    """One part of a system message."""
    if not isinstance(part, Text):
        raise refuse(path, "a system message with more than text", TARGET)
    return _text(part, path, losses)


def content_blocks(losses: Losses, part: Part, path: str) -> list[Json]:
    """One part of any other message; none when it says nothing."""
    return _WRITERS[type(part)](part, path, losses)


def cache_control(cache: CacheControl | None) -> Json | None:
    """``None``: no mark."""
    if cache is None:
        return None
    return {"type": "ephemeral"} if cache.ttl is None else {"type": "ephemeral", "ttl": cache.ttl}


def is_plain(block: Json) -> bool:
    """Whether a block is a text and no more, for which a string stands as well."""
    return len(block) == 2 and block.get("type") == "text"


def _marked(block: Json, cache: CacheControl | None) -> list[Json]:
    if cache is not None:
        block["cache_control"] = cache_control(cache)
    return [block]


def _text(part: Text, path: str, losses: Losses) -> list[Json]:
    if part.annotations:
        losses.add(f"{path}.annotations")
    # The API refuses blank text, which clients send beside tool calls.
    if not part.text or part.text.isspace():
        return []
    block: Json = {"type": "text", "text": part.text}
    return [block] if part.cache is None else _marked(block, part.cache)


def _refusal(part: Refusal, path: str, losses: Losses) -> list[Json]:
    return _text(Text(part.text), path, losses)


def _image(part: Image, path: str, losses: Losses) -> list[Json]:
    if part.detail not in (None, "auto"):
        losses.add(f"{path}.detail")
    if isinstance(part.source, Inline):
        kind = media_type(part.source)
        if kind not in _IMAGES:
            raise refuse(path, f"an image of the type {kind or 'unknown'}", TARGET)
        return _marked({"type": "image", "source": _base64(kind, part.source)}, part.cache)
    return _marked({"type": "image", "source": _elsewhere(part.source, path)}, part.cache)


def _base64(kind: str, source: Inline) -> Json:
    return {"type": "base64", "media_type": kind, "data": source.data}


def _elsewhere(source: Source, path: str) -> Json:
    if isinstance(source, Url) and source.url.startswith(("https://", "http://")):
        return {"type": "url", "url": source.url}
    if isinstance(source, FileId) and not source.id.startswith(_OPENAI_FILE):
        return {"type": "file", "file_id": source.id}
    raise refuse(path, "a file kept by another provider", TARGET)


def _document(part: Document, path: str, _: Losses) -> list[Json]:
    block: Json = {"type": "document", "source": _document_source(part, path)}
    if part.name is not None:
        block["title"] = part.name
    if part.context is not None:
        block["context"] = part.context
    if part.citations is not None:
        block["citations"] = {"enabled": part.citations}
    return _marked(block, part.cache)


def _document_source(part: Document, path: str) -> Json:
    """PDF or plain text, wherever it is; other text files are plain text too."""
    if isinstance(part.source, Text):
        return {"type": "text", "media_type": "text/plain", "data": part.source.text}
    if not isinstance(part.source, Inline):
        return _elsewhere(part.source, path)
    kind = media_type(part.source, part.name)
    if kind == "application/pdf":
        return _base64(kind, part.source)
    text = text_of(part.source, part.name)
    if text is None:
        raise refuse(path, f"a document of the type {kind or 'unknown'}", TARGET)
    return {"type": "text", "media_type": "text/plain", "data": text}


def _audio(_: Audio, path: str, __: Losses) -> list[Json]:
    raise refuse(path, "audio", TARGET)


def _reasoning(part: Reasoning, path: str, losses: Losses) -> list[Json]:
    if part.origin == Api.MESSAGES and part.redacted is not None:
        return [{"type": "redacted_thinking", "data": part.redacted}]
    if part.origin in ANTHROPIC and part.signature is not None:
        return [{"type": "thinking", "thinking": part.text, "signature": part.signature}]
    losses.add(path)
    return []


def _tool_call(part: ToolCall, path: str, _: Losses) -> list[Json]:
    if part.custom:
        raise refuse(path, "a custom tool's call", TARGET)
    block = {
        "type": "tool_use",
        "id": tool_id(part.id, _TOOL_ID),
        "name": part.name,
        "input": input_of(part.arguments, path),
    }
    return _marked(block, part.cache)


def _tool_result(part: ToolResult, path: str, losses: Losses) -> list[Json]:
    block: Json = {"type": "tool_result", "tool_use_id": tool_id(part.call_id, _TOOL_ID)}
    content: list[Json] = []
    for i, inner in enumerate(part.content):
        place = f"{path}.content[{i}]"
        if not isinstance(inner, _INNER):
            raise refuse(place, f"{type(inner).__name__.lower()} in a tool's result", TARGET)
        content += content_blocks(losses, inner, place)
    if len(content) == 1 and is_plain(content[0]):
        block["content"] = content[0]["text"]
    elif content:
        block["content"] = content
    if part.is_error:
        block["is_error"] = True
    return _marked(block, part.cache)


def _opaque(part: Opaque, path: str, _: Losses) -> list[Json]:
    if part.origin != Api.MESSAGES:
        raise refuse(part.path or path, f"content of the type {part.type}", TARGET)
    return [part.raw]


# Each writer is called for its own type of part alone, which the value type of one table cannot say.
_WRITERS: Final[Mapping[type[Any], Callable[[Any, str, Losses], list[Json]]]] = {
    Text: _text,
    Refusal: _refusal,
    Image: _image,
    Audio: _audio,
    Document: _document,
    Reasoning: _reasoning,
    ToolCall: _tool_call,
    ToolResult: _tool_result,
    Opaque: _opaque,
}
