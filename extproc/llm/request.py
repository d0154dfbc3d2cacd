"""A request to a model, whatever API it was written for."""

from enum import StrEnum
from typing import Any

import msgspec

from extproc.llm.parts import CacheControl, Part


class Role(StrEnum):
    """Who speaks. M has no system role: its ``system`` becomes the first message here."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    """Only `ToolResult` parts. M and B carry those in a user message: there, consecutive ones are merged."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message; a dialect that has items instead of messages (R) makes one message of neighbours alike."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    """C ``name``."""


class Tool(msgspec.Struct, frozen=True, gc=False):
    """A function (or C/R custom tool) that the model may call."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    """JSON Schema; ``None``: no parameters (or a custom tool)."""
    strict: bool | None = None
    custom: bool = False
    format: dict[str, Any] | None = None
    """Grammar of a custom tool's input."""
    cache: CacheControl | None = None


class OpaqueTool(msgspec.Struct, frozen=True, gc=False):
    """A server tool or one of an unknown kind: it cannot cross."""

    origin: str
    path: str
    type: str
    raw: dict[str, Any]


class ToolMode(StrEnum):
    """C/R ``auto required none``, M ``auto any none``."""

    AUTO = "auto"
    REQUIRED = "required"
    NONE = "none"


class ToolChoice(msgspec.Struct, frozen=True, gc=False):
    """Which tool the model must, may or must not call."""

    mode: ToolMode
    name: str | None = None
    """With REQUIRED: this one."""
    allowed: tuple[str, ...] = ()
    """C/R ``allowed_tools``: only these; elsewhere the other tools are left out."""
    custom: bool = False
    """`name` is a custom tool's."""


class OutputFormat(msgspec.Struct, frozen=True, gc=False):
    """C ``response_format``, R ``text.format``, M ``output_format``/``output_config.format``."""

    schema: dict[str, Any] | None = None
    """JSON Schema; ``None``: any JSON object (``json_object``)."""
    name: str = "response"
    description: str | None = None
    strict: bool | None = None


class ReasoningConfig(msgspec.Struct, frozen=True, gc=False):
    """C ``reasoning_effort``, R ``reasoning``, M ``thinking`` and ``output_config.effort``."""

    effort: str | None = None
    """``none minimal low medium high xhigh max``; `extproc.llm.effort` converts to a budget and back."""
    budget_tokens: int | None = None
    """M ``thinking.budget_tokens``."""
    summary: str | None = None
    """R ``reasoning.summary``: ``auto concise detailed``."""
    adaptive: bool = False
    """M ``thinking.type: adaptive``."""
    disabled: bool = False
    """M ``thinking.type: disabled``."""


class Request(msgspec.Struct, frozen=True, gc=False):
    """Everything that some two of the APIs have in common. ``None`` and empty: not said by the client."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool | OpaqueTool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output_tokens_max: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    output_format: OutputFormat | None = None
    verbosity: str | None = None
    reasoning: ReasoningConfig | None = None
    stream: bool = False
    include_usage: bool = False
    """The client wants usage in the stream; M and R clients always do."""
    user: str | None = None
    """C/R ``user`` or ``safety_identifier``, M ``metadata.user_id``."""
    metadata: dict[str, str] | None = None
    """C/R ``metadata``."""
    service_tier: str | None = None
    store: bool | None = None
    functions_deprecated: bool = False
    """C: tools came as ``functions``; the answer calls one by ``function_call``."""
    unmodelled: tuple[str, ...] = ()
    """Paths of what the client sent and the fields above do not hold; lost when the request crosses."""
