"""A model's answer, whatever API gave it."""

from enum import StrEnum

import msgspec

from extproc.llm.parts import Part


class Finish(StrEnum):
    """Why the answer ended. Each dialect has a total table both ways; an unknown vendor value is STOP."""

    STOP = "stop"
    """C ``stop``, M ``end_turn``."""
    STOP_SEQUENCE = "stop_sequence"
    """M ``stop_sequence``; C ``stop``."""
    LENGTH = "length"
    """C ``length``, M ``max_tokens``, R ``incomplete: max_output_tokens``."""
    CONTEXT = "context"
    """M ``model_context_window_exceeded``; elsewhere as LENGTH."""
    TOOL_CALLS = "tool_calls"
    """C ``tool_calls``, M ``tool_use``."""
    CONTENT_FILTER = "content_filter"
    """C ``content_filter``, M ``refusal``, R ``incomplete: content_filter``, B ``guardrail_intervened``."""
    PAUSE = "pause"
    """M ``pause_turn``; elsewhere as STOP."""


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens, counted as OpenTelemetry does: input includes what was cached, output includes reasoning.

    M and B count cached tokens beside their ``input_tokens``; their dialects add them up.
    """

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens


class Response(msgspec.Struct, frozen=True, gc=False):
    """One answer."""

    id: str
    """The provider's id; ``""`` when it gave none, the writer then makes one."""
    model: str
    """As the provider says it; ``""``: the model that was asked."""
    parts: tuple[Part, ...]
    """In order: text, reasoning, refusal, tool calls."""
    finish: Finish
    created: int | None = None
    """Unix time, seconds."""
    stop_sequence: str | None = None
    usage: Usage | None = None
    """``None``: the provider did not say."""
    service_tier: str | None = None
    unmodelled: tuple[str, ...] = ()
    """Paths of what the provider sent and the fields above do not hold."""
