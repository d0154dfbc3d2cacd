"""Content parts of a Chat Completions request: ``messages[].content``, a string or an array."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from extproc.dialects import data_url, fields
from extproc.dialects.api import Api
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
    Refusal,
    Text,
    Url,
)

Json = dict[str, Any]

TARGET: Final = "the Chat Completions API"
"""How errors call this API."""

_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset({"type", kind, "cache_control", "prompt_cache_breakpoint"})
    for kind in ("text", "image_url", "input_audio", "file", "refusal")
}


def read(message: Json, at: str, unmodelled: list[str]) -> list[Part]:
    """The parts of a message's ``content``; ``null`` and missing have none."""
    content = message.get("content")
    if isinstance(content, str):
        marked = len(message) > 2  # there is more than the role and this
        return [Text(content, cache_of(message) if marked else None)] if content else []
    return [_read_part(part, path, unmodelled) for path, part in fields.objects(message, "content", at)]


def _read_part(part: Json, at: str, unmodelled: list[str]) -> Part:
    kind = fields.required_text(part, "type", at)
    reader = _READERS.get(kind)
    if reader is None:
        return Opaque(Api.CHAT, at, kind, part)
    unmodelled += fields.left_over(part, _KNOWN[kind], at)
    return reader(part, at, unmodelled)


def _read_text(part: Json, at: str, _: list[str]) -> Part:
    return Text(fields.required_text(part, "text", at), cache_of(part))


def _read_image(part: Json, at: str, unmodelled: list[str]) -> Part:
    image = part.get("image_url")
    if isinstance(image, str):  # not OpenAI's, but common
        return Image(data_url.source_of(image), cache=cache_of(part))
    image, path = fields.required_mapping(part, "image_url", at), f"{at}.image_url"
    unmodelled += fields.left_over(image, frozenset({"url", "detail"}), path)
    source = data_url.source_of(fields.required_text(image, "url", path))
    return Image(source, fields.text(image, "detail", path), cache_of(part))


def _read_audio(part: Json, at: str, unmodelled: list[str]) -> Part:
    audio, path = fields.required_mapping(part, "input_audio", at), f"{at}.input_audio"
    unmodelled += fields.left_over(audio, frozenset({"data", "format"}), path)
    return Audio(fields.required_text(audio, "data", path), fields.required_text(audio, "format", path))


def _read_file(part: Json, at: str, unmodelled: list[str]) -> Part:
    file, path = fields.required_mapping(part, "file", at), f"{at}.file"
    unmodelled += fields.left_over(file, frozenset({"file_data", "file_id", "filename"}), path)
    return Document(_file_source(file, path), fields.text(file, "filename", path), cache=cache_of(part))


def _file_source(file: Json, at: str) -> FileId | Inline | Url:
    file_id, data = fields.text(file, "file_id", at), fields.text(file, "file_data", at)
    if file_id:
        return FileId(file_id)
    if data is None:
        raise fields.invalid(at, "file_data or file_id")
    if data.startswith(("data:", "http://", "https://")):
        return data_url.source_of(data)
    return Inline("", data)


def _read_refusal(part: Json, at: str, _: list[str]) -> Part:
    return Refusal(fields.required_text(part, "refusal", at))


_READERS: Final[Mapping[str, Callable[[Json, str, list[str]], Part]]] = {
    "text": _read_text,
    "image_url": _read_image,
    "input_audio": _read_audio,
    "file": _read_file,
    "refusal": _read_refusal,
}


def cache_of(obj: Json) -> CacheControl | None:
    """A mark that the prompt up to here may be cached.

    OpenAI's ``prompt_cache_breakpoint``, whose lifetimes no other API has, or Anthropic's ``cache_control``,
    which OpenRouter, LiteLLM and others take in this API.
    """
    control = obj.get("cache_control")
    if isinstance(control, dict):
        ttl = control.get("ttl")
        return CacheControl(ttl if isinstance(ttl, str) else None)
    return CacheControl() if isinstance(obj.get("prompt_cache_breakpoint"), dict) else None


def write(parts: Sequence[Part], at: str, losses: Losses) -> str | list[Json]:
    """``content`` for `parts`: a string when there is but one text, so that simple servers understand it."""
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return _text_of(parts[0], at, losses)
    return [_write_part(part, f"{at}[{i}]", losses) for i, part in enumerate(parts)]


def _write_part(part: Part, at: str, losses: Losses) -> Json:
    match part:
        case Text():
            return {"type": "text", "text": _text_of(part, at, losses)}
        case Image():
            return _write_image(part, at, losses)
        case Audio():
            return {"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}}
        case Document():
            return _write_document(part, at, losses)
        case Refusal():
            return {"type": "refusal", "refusal": part.text}
        case Opaque() if part.origin == Api.CHAT:
            return part.raw
        case Opaque():
            raise refuse(part.path, f"content of type {part.type}", TARGET)
        case _:
            raise refuse(at, f"a {type(part).__name__} in this place", TARGET)


def _text_of(part: Text, at: str, losses: Losses) -> str:
    _lose_cache(part.cache, at, losses)
    if part.annotations:
        losses.add(f"{at}.annotations")
    return part.text


def _write_image(part: Image, at: str, losses: Losses) -> Json:
    _lose_cache(part.cache, at, losses)
    url = data_url.url_of(part.source)
    if url is None:
        raise refuse(at, "an image by the id of a file", TARGET)
    image = {"url": url} if part.detail is None else {"url": url, "detail": part.detail}
    return {"type": "image_url", "image_url": image}


def _write_document(part: Document, at: str, losses: Losses) -> Json:
    _lose_cache(part.cache, at, losses)
    if part.citations:
        losses.add(f"{at}.citations")
    if isinstance(part.source, Text):
        said = (part.name, part.context, part.source.text)
        return {"type": "text", "text": "\n\n".join(filter(None, said))}
    if part.context:
        losses.add(f"{at}.context")
    return {"type": "file", "file": _write_file(part, at)}


def _write_file(part: Document, at: str) -> Json:
    file = {} if part.name is None else {"filename": part.name}
    match part.source:
        case FileId():
            return {**file, "file_id": part.source.id}
        case Inline(media_type=""):
            return {**file, "file_data": part.source.data}
        case Inline():
            return {**file, "file_data": data_url.url_of(part.source)}
        case _:
            raise refuse(at, "a document by its address", TARGET)


def _lose_cache(cache: CacheControl | None, at: str, losses: Losses) -> None:
    """OpenAI caches unasked; the mark would be an unknown field to most who speak its API."""
    if cache is not None:
        losses.add(f"{at}.cache_control")
