"""Content parts of messages and of tool outputs, both ways."""

import base64
from collections.abc import Callable, Mapping
from typing import Final

from extproc.dialects import data_url, fields, media
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.errors import InvalidRequest
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
    Source,
    Text,
    Url,
)

API_NAME: Final = "the Responses API"

_TEXT_KEYS: Final = frozenset({"type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"})
_IMAGE_KEYS: Final = frozenset({"type", "detail", "image_url", "file_id", "prompt_cache_breakpoint"})
_FILE_KEYS: Final = frozenset(
    {"type", "file_data", "file_id", "file_url", "filename", "prompt_cache_breakpoint"}
)
_AUDIO_KEYS: Final = frozenset({"type", "input_audio"})
_REFUSAL_KEYS: Final = frozenset({"type", "refusal"})

_ENDINGS: Final[Mapping[str, str]] = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
}
"""How the name ends of a file that has none: the API wants one, and tells the file's kind by it."""


def read_content(obj: Json, key: str, path: str, lost: list[str]) -> tuple[Part, ...]:
    """``content`` of a message or ``output`` of a tool: a string, or an array of parts."""
    value = obj.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return (Text(value),)
    if not isinstance(value, list):
        raise fields.invalid(fields.path_of(path, key), "a string or an array")
    return tuple(read_part(part, part_path, lost) for part_path, part in fields.objects(obj, key, path))


def read_part(obj: Json, path: str, lost: list[str]) -> Part:
    """One content part; a kind that is not known is `Opaque`."""
    kind = fields.required_text(obj, "type", path)
    reader = _READERS.get(kind)
    if reader is None:
        return Opaque(Api.RESPONSES, path, kind, obj)
    return reader(obj, path, lost)


def _read_text(obj: Json, path: str, lost: list[str]) -> Part:
    text = fields.required_text(obj, "text", path)
    if len(obj) == 2:  # its type, and this
        return Text(text)
    lost += fields.left_over(obj, _TEXT_KEYS, path)
    if obj.get("logprobs"):
        lost.append(f"{path}.logprobs")
    if not obj.get("annotations"):
        return Text(text, _read_cache(obj, path))
    annotations = tuple(annotation for _, annotation in fields.objects(obj, "annotations", path))
    return Text(text, _read_cache(obj, path), annotations)


def _read_refusal(obj: Json, path: str, lost: list[str]) -> Part:
    lost += fields.left_over(obj, _REFUSAL_KEYS, path)
    return Refusal(fields.required_text(obj, "refusal", path))


def _read_image(obj: Json, path: str, lost: list[str]) -> Part:
    lost += fields.left_over(obj, _IMAGE_KEYS, path)
    cache = _read_cache(obj, path)
    detail = fields.text(obj, "detail", path)
    url = fields.text(obj, "image_url", path)
    if url is not None:
        return Image(data_url.source_of(url), detail, cache)
    file_id = fields.text(obj, "file_id", path)
    if file_id is not None:
        return Image(FileId(file_id), detail, cache)
    raise fields.invalid(path, "an image by image_url or file_id")


def _read_file(obj: Json, path: str, lost: list[str]) -> Part:
    lost += fields.left_over(obj, _FILE_KEYS, path)
    name = fields.text(obj, "filename", path)
    return Document(_file_source(obj, path), name, cache=_read_cache(obj, path))


def _file_source(obj: Json, path: str) -> Source:
    data = fields.text(obj, "file_data", path)
    if data is not None:
        source = data_url.source_of(data)
        return source if isinstance(source, Inline) else Inline("", data)
    url = fields.text(obj, "file_url", path)
    if url is not None:
        return data_url.source_of(url)
    file_id = fields.text(obj, "file_id", path)
    if file_id is not None:
        return FileId(file_id)
    raise fields.invalid(path, "a file by file_data, file_url or file_id")


def _read_audio(obj: Json, path: str, lost: list[str]) -> Part:
    lost += fields.left_over(obj, _AUDIO_KEYS, path)
    audio = fields.required_mapping(obj, "input_audio", path)
    at = f"{path}.input_audio"
    return Audio(fields.required_text(audio, "data", at), fields.required_text(audio, "format", at))


_READERS: Final[Mapping[str, Callable[[Json, str, list[str]], Part]]] = {
    "input_text": _read_text,
    "output_text": _read_text,
    "text": _read_text,
    "refusal": _read_refusal,
    "input_image": _read_image,
    "input_file": _read_file,
    "input_audio": _read_audio,
}


def _read_cache(obj: Json, path: str) -> CacheControl | None:
    """``prompt_cache_breakpoint``, whose lifetimes no other API has."""
    return None if fields.mapping(obj, "prompt_cache_breakpoint", path) is None else CacheControl()


def write_input(part: Part, path: str, losses: Losses) -> Json:
    """A part of what is said to the model, or of what a tool answered."""
    match part:
        case Text():
            _note_text(part, path, losses)
            return {"type": "input_text", "text": part.text}
        case Image():
            _note_cache(part.cache, path, losses)
            return {"type": "input_image", "detail": part.detail or "auto", **_image_source(part, path)}
        case Document():
            return _write_document(part, path, losses)
        case Audio():
            return {"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}}
        case Opaque(origin=Api.RESPONSES):
            return part.raw
        case _:
            raise refused(part, path)


def write_output(part: Part, path: str, losses: Losses) -> Json:
    """A part of what the model said before."""
    match part:
        case Text():
            _note_cache(part.cache, path, losses)
            return {"type": "output_text", "text": part.text, "annotations": list(part.annotations)}
        case Refusal():
            return {"type": "refusal", "refusal": part.text}
        case Opaque(origin=Api.RESPONSES):
            return part.raw
        case _:
            raise refused(part, path)


def refused(part: Part, path: str) -> InvalidRequest:
    """The error for a part that this API cannot say where it stands."""
    if isinstance(part, Opaque):
        return refuse(part.path, f"the block type {part.type}", API_NAME)
    return refuse(path, f"{type(part).__name__.lower()} in this place", API_NAME)


def _image_source(image: Image, path: str) -> Json:
    source = image.source
    if isinstance(source, FileId):
        return {"file_id": source.id}
    if isinstance(source, Url):
        return {"image_url": _address(source, path)}
    return {"image_url": data_url.url_of(Inline(media.media_type(source), source.data))}


def _write_document(document: Document, path: str, losses: Losses) -> Json:
    _note_cache(document.cache, path, losses)
    if document.context is not None:
        losses.add(f"{path}.context")
    if document.citations:
        losses.add(f"{path}.citations")
    source = document.source
    if isinstance(source, Text):
        source = Inline("text/plain", base64.b64encode(source.text.encode("utf-8", "replace")).decode())
    if isinstance(source, Inline):
        name = document.name or f"document.{_ENDINGS.get(source.media_type, 'pdf')}"
        return {"type": "input_file", "filename": name, "file_data": _data_url(source)}
    if document.name is not None:
        # The API takes a name with the file's data alone.
        losses.add(f"{path}.name")
    if isinstance(source, FileId):
        return {"type": "input_file", "file_id": source.id}
    return {"type": "input_file", "file_url": _address(source, path)}


def _data_url(source: Inline) -> str:
    return f"data:{source.media_type};base64,{source.data}" if source.media_type else source.data


def _address(source: Url, path: str) -> str:
    if source.url.startswith("s3:"):
        raise refuse(path, "an s3 address", API_NAME)
    return source.url


def _note_text(text: Text, path: str, losses: Losses) -> None:
    if text.cache is not None:
        _note_cache(text.cache, path, losses)
    if text.annotations:
        losses.add(f"{path}.annotations")


def _note_cache(cache: CacheControl | None, path: str, losses: Losses) -> None:
    """OpenAI caches by itself, and the models before GPT-5.6 refuse a breakpoint."""
    if cache is not None:
        losses.add(f"{path}.cache_control")
