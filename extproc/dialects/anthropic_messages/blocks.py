"""Content blocks of a Messages request, read into parts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from extproc.dialects import fields
from extproc.dialects.anthropic_messages import citations, signatures
from extproc.dialects.api import Api
from extproc.dialects.tool_input import arguments_of
from extproc.llm.parts import (
    CacheControl,
    Document,
    FileId,
    Image,
    Inline,
    Opaque,
    Part,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Url,
)

Json = dict[str, Any]

_Reader = Callable[[Json, str, list[str]], Part]
_Readers = Mapping[str, _Reader]

_ORIGIN: Final = Api.MESSAGES.value
_CACHES: Final = {ttl: CacheControl(ttl) for ttl in (None, "5m", "1h")}


def content(at: Json, key: str, path: str, unmodelled: list[str]) -> tuple[Part, ...]:
    """A message's ``content``: a string or blocks."""
    return _parts(at, key, path, _READERS, unmodelled)


def texts(at: Json, key: str, path: str, unmodelled: list[str]) -> tuple[Part, ...]:
    """A system message's content: a string or text blocks."""
    parts = _parts(at, key, path, _SYSTEM_READERS, unmodelled)
    for part in parts:
        if type(part) is Opaque:
            raise fields.invalid(f"{part.path}.type", '"text"')
    return parts


def _parts(at: Json, key: str, path: str, readers: _Readers, unmodelled: list[str]) -> tuple[Part, ...]:
    value = at.get(key)
    if type(value) is str:
        return (Text(value),)
    place = fields.path_of(path, key)
    if type(value) is not list:
        raise fields.invalid(place, "a string or an array of blocks")
    return tuple([_block(block, f"{place}[{i}]", readers, unmodelled) for i, block in enumerate(value)])


def cache(at: Json, path: str) -> CacheControl | None:
    """The ``cache_control`` of a block or a tool."""
    if at.get("cache_control") is None:
        return None
    control = fields.required_mapping(at, "cache_control", path)
    ttl = fields.text(control, "ttl", f"{path}.cache_control")
    return _CACHES.get(ttl) or CacheControl(ttl)


def _block(block: object, path: str, readers: _Readers, unmodelled: list[str]) -> Part:
    if not isinstance(block, dict):
        raise fields.invalid(path, "an object")
    kind = block.get("type")
    reader = readers.get(kind) if type(kind) is str else None
    if reader is not None:
        return reader(block, path, unmodelled)
    return Opaque(_ORIGIN, path, fields.required_text(block, "type", path), block)


_TEXT_FIELDS: Final = frozenset({"type", "text", "cache_control", "citations"})


def _text(block: Json, path: str, unmodelled: list[str]) -> Text:
    text = fields.required_text(block, "text", path)
    if len(block) == 2:
        return Text(text)
    unmodelled += fields.left_over(block, _TEXT_FIELDS, path)
    notes = [note for _, note in fields.objects(block, "citations", path)]
    return Text(text, cache(block, path), citations.read(notes, text))


_IMAGE_FIELDS: Final = frozenset({"type", "source", "cache_control"})


def _image(block: Json, path: str, unmodelled: list[str]) -> Part:
    unmodelled += fields.left_over(block, _IMAGE_FIELDS, path)
    source = _source(fields.required_mapping(block, "source", path), f"{path}.source")
    if source is None:
        return Opaque(_ORIGIN, path, "image", block)
    return Image(source, cache=cache(block, path))


def _source(source: Json, path: str) -> Source | None:
    """Where an image or a document is; ``None``: a kind that we do not know."""
    match fields.required_text(source, "type", path):
        case "base64":
            media_type = fields.required_text(source, "media_type", path)
            return Inline(media_type, fields.required_text(source, "data", path))
        case "url":
            return Url(fields.required_text(source, "url", path))
        case "file":
            return FileId(fields.required_text(source, "file_id", path))
        case _:
            return None


_DOCUMENT_FIELDS: Final = frozenset({"type", "source", "cache_control", "citations", "context", "title"})


def _document(block: Json, path: str, unmodelled: list[str]) -> Part:
    unmodelled += fields.left_over(block, _DOCUMENT_FIELDS, path)
    source = _document_source(fields.required_mapping(block, "source", path), f"{path}.source", unmodelled)
    if source is None:
        return Opaque(_ORIGIN, path, "document", block)
    cites = fields.mapping(block, "citations", path) or {}
    return Document(
        source,
        name=fields.text(block, "title", path),
        context=fields.text(block, "context", path),
        citations=fields.flag(cites, "enabled", f"{path}.citations"),
        cache=cache(block, path),
    )


def _document_source(source: Json, path: str, unmodelled: list[str]) -> Source | Text | None:
    kind = fields.required_text(source, "type", path)
    if kind == "text":
        return Text(fields.required_text(source, "data", path))
    if kind != "content":
        return _source(source, path)
    parts = content(source, "content", path, unmodelled)
    chunks = [part.text for part in parts if type(part) is Text]
    if len(chunks) != len(parts):
        return None
    # The borders between the chunks, by which the model would cite, are lost; what they say is not.
    unmodelled.append(f"{path}.type")
    return Text("\n\n".join(chunks))


_THINKING_FIELDS: Final = frozenset({"type", "thinking", "signature"})


def _thinking(block: Json, path: str, unmodelled: list[str]) -> Part:
    unmodelled += fields.left_over(block, _THINKING_FIELDS, path)
    return signatures.read(fields.text(block, "thinking", path) or "", fields.text(block, "signature", path))


_REDACTED_FIELDS: Final = frozenset({"type", "data"})


def _redacted(block: Json, path: str, unmodelled: list[str]) -> Part:
    unmodelled += fields.left_over(block, _REDACTED_FIELDS, path)
    return signatures.read("", fields.required_text(block, "data", path), redacted=True)


_TOOL_USE_FIELDS: Final = frozenset({"type", "id", "name", "input", "cache_control", "caller"})


def _tool_use(block: Json, path: str, unmodelled: list[str]) -> Part:
    unmodelled += fields.left_over(block, _TOOL_USE_FIELDS, path)
    if "caller" in block and (fields.mapping(block, "caller", path) or {}).get("type") not in (
        None,
        "direct",
    ):
        unmodelled.append(f"{path}.caller")
    arguments = fields.mapping(block, "input", path)
    return ToolCall(
        fields.required_text(block, "id", path),
        fields.required_text(block, "name", path),
        arguments_of(arguments) if arguments else "{}",
        cache=cache(block, path),
    )


_RESULT_FIELDS: Final = frozenset({"type", "tool_use_id", "content", "is_error", "cache_control"})


def _tool_result(block: Json, path: str, unmodelled: list[str]) -> Part:
    unmodelled += fields.left_over(block, _RESULT_FIELDS, path)
    said = block.get("content") is not None
    return ToolResult(
        fields.required_text(block, "tool_use_id", path),
        _parts(block, "content", path, _RESULT_READERS, unmodelled) if said else (),
        is_error=fields.flag(block, "is_error", path) or False,
        cache=cache(block, path),
    )


_SYSTEM_READERS: Final[_Readers] = {"text": _text}
_RESULT_READERS: Final[_Readers] = {"text": _text, "image": _image, "document": _document}
_READERS: Final[_Readers] = {
    **_RESULT_READERS,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
}
"""The kinds of block that have a meaning outside their own API; all others are `Opaque`."""
