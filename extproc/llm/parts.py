"""Parts: what a message is made of. Values without identity of their own.

The names are this project's; each docstring says what the APIs call it
(C Chat Completions, R Responses, M Messages, B Bedrock Converse).
"""

from typing import Any

import msgspec


class CacheControl(msgspec.Struct, frozen=True, gc=False):
    """M ``cache_control``, B ``cachePoint`` behind the part: the prompt up to here may be cached."""

    ttl: str | None = None
    """M ``5m`` or ``1h``; ``None``: the API's default."""


class Text(msgspec.Struct, frozen=True, gc=False):
    """C/M/B ``text``, R ``input_text`` and ``output_text``."""

    text: str
    cache: CacheControl | None = None
    annotations: tuple[dict[str, Any], ...] = ()
    """Citations as R/C ``annotations`` write them (``url_citation`` …); dialects convert to that form."""


class Url(msgspec.Struct, frozen=True, gc=False):
    """Media somewhere else: an http(s) or s3 address."""

    url: str


class Inline(msgspec.Struct, frozen=True, gc=False):
    """Media in the request itself."""

    media_type: str
    """E.g. ``image/png``; ``""`` when unknown."""
    data: str
    """Base64, as all the APIs carry it."""


class FileId(msgspec.Struct, frozen=True, gc=False):
    """Media uploaded to the provider before."""

    id: str


Source = Url | Inline | FileId


class Image(msgspec.Struct, frozen=True, gc=False):
    """C ``image_url`` (data URL or address), R ``input_image``, M/B ``image``."""

    source: Source
    detail: str | None = None
    """C/R only: ``low``, ``high``, ``auto`` …"""
    cache: CacheControl | None = None


class Audio(msgspec.Struct, frozen=True, gc=False):
    """C/R ``input_audio``."""

    data: str
    """Base64."""
    format: str
    """``wav``, ``mp3`` …"""


class Document(msgspec.Struct, frozen=True, gc=False):
    """C ``file``, R ``input_file``, M/B ``document``."""

    source: Source | Text
    """`Text`: M's plain-text source."""
    name: str | None = None
    """C/R ``filename``, M ``title``, B ``name``."""
    context: str | None = None
    """M ``context``."""
    citations: bool | None = None
    """M ``citations.enabled``."""
    cache: CacheControl | None = None


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """C/R ``refusal``: the model declines, in words."""

    text: str


class Reasoning(msgspec.Struct, frozen=True, gc=False):
    """The model's thinking.

    C ``reasoning_content``, R ``reasoning`` item, M ``thinking``, B ``reasoningContent``.
    """

    text: str = ""
    """R: the summary, its paragraphs joined by a blank line, where there is no content."""
    signature: str | None = None
    """M/B ``signature``, R ``encrypted_content``: worth something only to the API of `origin`."""
    redacted: str | None = None
    """M ``redacted_thinking.data``, B ``redactedContent`` (base64)."""
    id: str | None = None
    """R item id."""
    origin: str | None = None
    """The `Api` (its value) whose signature, redacted data or id this is: only that one gets them back."""


class ToolCall(msgspec.Struct, frozen=True, gc=False):
    """C ``tool_calls[]``, R ``function_call``/``custom_tool_call``, M ``tool_use``, B ``toolUse``."""

    id: str
    """R ``call_id``; the id by which the `ToolResult` refers to it."""
    name: str
    arguments: str
    """JSON text of an object; for a custom tool free text. ``""`` counts as ``{}``."""
    custom: bool = False
    """C/R custom tools: `arguments` is not JSON."""
    item_id: str | None = None
    """R's own id of the item."""
    cache: CacheControl | None = None


class ToolResult(msgspec.Struct, frozen=True, gc=False):
    """What a tool answered.

    C role ``tool``, R ``function_call_output`` and ``custom_tool_call_output``, M ``tool_result``,
    B ``toolResult``.
    """

    call_id: str
    content: tuple["Part", ...]
    """Text, images, documents."""
    is_error: bool = False
    custom: bool = False
    cache: CacheControl | None = None


class Opaque(msgspec.Struct, frozen=True, gc=False):
    """A block of a kind that only its own API knows (server tools, new types): it cannot cross."""

    origin: str
    """The `Api` (its value) it came by."""
    path: str
    """Where it stood, e.g. ``messages[2].content[0]``: named in the error when it cannot cross."""
    type: str
    """The API's name for it."""
    raw: dict[str, Any]


Part = Text | Image | Audio | Document | Refusal | Reasoning | ToolCall | ToolResult | Opaque
