"""Parts of a request as content blocks of Converse."""

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from extproc.dialects.api import Api
from extproc.dialects.claude import is_claude
from extproc.dialects.media import media_type
from extproc.dialects.tool_input import input_of, tool_id
from extproc.llm.loss import Losses, refuse
from extproc.llm.parts import (
    Audio,
    CacheControl,
    Document,
    Image,
    Inline,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]

TARGET: Final = "Amazon Bedrock Converse"

NO_OUTPUT: Final = "(no output)"
"""The result of a tool that said nothing: the API refuses blank text and a result without content."""

_TOOL_ID: Final = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")

_IMAGE_FORMATS: Final = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}

_DOCUMENT_FORMATS: Final = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_AUDIO_FORMATS: Final = frozenset(
    {"mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "m4a", "mpeg", "mpga", "pcm", "webm"}
)

_NAME_REFUSED: Final = re.compile(r"[^a-zA-Z0-9\s\-()\[\]]|\s(?=\s)")
_NAME_CHARS_MAX: Final = 200
_INNER: Final = (Text, Refusal, Image, Document, Opaque)
"""What may stand in a tool's result."""
_OWN: Final = Api.CONVERSE.value


class BlockWriter:
    """Writes the parts of one request; `tools_said`: tool calls may stand in it as such.

    The API refuses tool calls in a request that has no tools: there they are told in words.
    """

    def __init__(self, model: str, tools_said: bool, losses: Losses) -> None:
        self._losses = losses
        self._tools_said = tools_said
        claude = is_claude(model)
        # Anthropic's signatures hold on either platform.
        self._origins = {_OWN, Api.MESSAGES.value} if claude else {_OWN}
        self._names: set[str] = set()  # of documents: each name may stand once
        self._called: dict[str, str] = {}  # names of tools by the id of the call
        # Each writer is called for its own type of part alone, which the type of one table cannot say.
        self._writers: Mapping[type[Any], Callable[[Any, str], list[Json]]] = {
            Text: self._text,
            Refusal: lambda part, path: self._text(Text(part.text), path),
            Image: self._image,
            Audio: self._audio,
            Document: self._document,
            Reasoning: self._reasoning,
            ToolCall: self._tool_call,
            ToolResult: self._tool_result,
            Opaque: self._opaque,
        }

    def system(self, part: Part, path: str) -> list[Json]:
        """One part of a system message."""
        if not isinstance(part, Text):
            raise refuse(path, "a system message with more than text", TARGET)
        return self._text(part, path)

    def content(self, part: Part, path: str) -> list[Json]:
        """One part of any other message; none when it says nothing."""
        return self._writers[type(part)](part, path)

    def _text(self, part: Text, path: str) -> list[Json]:
        if part.annotations:
            self._losses.add(f"{path}.annotations")
        # The API refuses blank text, which clients send beside tool calls.
        if not part.text or part.text.isspace():
            return []
        block: Json = {"text": part.text}
        return [block] if part.cache is None else _marked(block, part.cache)

    def _image(self, part: Image, path: str) -> list[Json]:
        if part.detail not in (None, "auto"):
            self._losses.add(f"{path}.detail")
        kind = _kind(part.source, path, "an image")
        form = _IMAGE_FORMATS.get(kind)
        if form is None:
            raise refuse(path, f"an image of the type {kind or 'unknown'}", TARGET)
        return _marked({"image": {"format": form, "source": _source(part.source)}}, part.cache)

    def _audio(self, part: Audio, path: str) -> list[Json]:
        if part.format not in _AUDIO_FORMATS:
            raise refuse(path, f"audio of the format {part.format}", TARGET)
        return [{"audio": {"format": part.format, "source": {"bytes": part.data}}}]

    def _document(self, part: Document, path: str) -> list[Json]:
        if isinstance(part.source, Text):
            form: str | None = "txt"
            source: Json = {"bytes": base64.b64encode(part.source.text.encode("utf-8", "replace")).decode()}
        else:
            kind = _kind(part.source, path, "a document", part.name)
            form, source = _DOCUMENT_FORMATS.get(kind), _source(part.source)
            if form is None and kind.startswith("text/"):
                form = "txt"
            if form is None:
                raise refuse(path, f"a document of the type {kind or 'unknown'}", TARGET)
        document: Json = {"format": form, "name": self._document_name(part.name), "source": source}
        if part.context is not None:
            document["context"] = part.context
        if part.citations is not None:
            document["citations"] = {"enabled": part.citations}
        return _marked({"document": document}, part.cache)

    def _document_name(self, name: str | None) -> str:
        """A name of the few characters that the API takes, unlike all others in the request."""
        plain = _NAME_REFUSED.sub(lambda found: " " if found[0] == "." else "", name or "").strip()
        plain = plain[: _NAME_CHARS_MAX - 8] or "document"
        unique, count = plain, 2
        while unique in self._names:
            unique, count = f"{plain} {count}", count + 1
        self._names.add(unique)
        return unique

    def _reasoning(self, part: Reasoning, path: str) -> list[Json]:
        if part.origin == _OWN and part.redacted is not None:
            return [{"reasoningContent": {"redactedContent": part.redacted}}]
        if part.origin in self._origins and part.signature is not None:
            said = {"text": part.text, "signature": part.signature}
            return [{"reasoningContent": {"reasoningText": said}}]
        self._losses.add(path)
        return []

    def _tool_call(self, part: ToolCall, path: str) -> list[Json]:
        if part.custom:
            raise refuse(path, "a custom tool's call", TARGET)
        self._called[part.id] = part.name
        given = input_of(part.arguments, path)
        if not self._tools_said:
            return [{"text": f"[Called the tool {part.name} with {part.arguments.strip() or '{}'}]"}]
        call = {"toolUseId": tool_id(part.id, _TOOL_ID), "name": part.name, "input": given}
        return _marked({"toolUse": call}, part.cache)

    def _tool_result(self, part: ToolResult, path: str) -> list[Json]:
        content = [
            block
            for i, inner in enumerate(part.content)
            for block in self._inner(inner, f"{path}.content[{i}]")
        ]
        content = content or [{"text": NO_OUTPUT}]
        if not self._tools_said:
            what = "error" if part.is_error else "result"
            return [
                {"text": f"[The {what} of the tool {self._called.get(part.call_id, part.call_id)}]"},
                *content,
            ]
        result: Json = {"toolUseId": tool_id(part.call_id, _TOOL_ID), "content": content}
        if part.is_error:
            result["status"] = "error"
        return _marked({"toolResult": result}, part.cache)

    def _inner(self, part: Part, path: str) -> list[Json]:
        """A part inside a tool's result, where no cache point can stand."""
        if not isinstance(part, _INNER):
            raise refuse(path, f"{type(part).__name__.lower()} in a tool's result", TARGET)
        blocks = self.content(part, path)
        if len(blocks) > 1:
            self._losses.add(f"{path}.cache_control")
        return blocks[:1]

    def _opaque(self, part: Opaque, path: str) -> list[Json]:
        raise refuse(part.path or path, f"content of the type {part.type}", TARGET)


def cache_point(cache: CacheControl) -> Json:
    """The block that marks what stands before it."""
    point = {"type": "default"} if cache.ttl is None else {"type": "default", "ttl": cache.ttl}
    return {"cachePoint": point}


def _marked(block: Json, cache: CacheControl | None) -> list[Json]:
    return [block] if cache is None else [block, cache_point(cache)]


def _kind(source: object, path: str, what: str, name: str | None = None) -> str:
    """The media type of what is inline or kept in S3."""
    if isinstance(source, Inline):
        return media_type(source, name)
    if isinstance(source, Url) and source.url.startswith("s3://"):
        return media_type(Inline("", ""), source.url)
    raise refuse(path, f"{what} that is not in the request itself", TARGET)


def _source(source: object) -> Json:
    if isinstance(source, Url):
        return {"s3Location": {"uri": source.url}}
    assert isinstance(source, Inline)
    return {"bytes": source.data}
