"""Small things that whole and streamed answers have in common: why it ended, and what it cost."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from extproc.llm.response import Finish, Usage

Json = dict[str, Any]

_STOP_REASONS: Final[Mapping[Finish, str]] = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.CONTEXT: "model_context_window_exceeded",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
    Finish.PAUSE: "pause_turn",
}
_FINISHES: Final = {reason: finish for finish, reason in _STOP_REASONS.items()}

_TIERS: Final = {"standard": "default"}
_TIERS_BACK: Final = {"default": "standard", "standard": "standard", "priority": "priority", "batch": "batch"}
_OTHER_PREFIXES: Final = ("chatcmpl-", "resp_")


def finish_of(stop_reason: object, tool_calls: bool) -> Finish:
    """An unknown reason ends an answer as any; with tool calls in it, it wants their results."""
    if isinstance(stop_reason, str) and stop_reason in _FINISHES:
        return _FINISHES[stop_reason]
    return Finish.TOOL_CALLS if tool_calls else Finish.STOP


def stop_reason_of(finish: Finish, refused: bool) -> str:
    """`refused`: the answer is a refusal in words, which OpenAI ends as any answer."""
    return _STOP_REASONS[Finish.CONTENT_FILTER if refused and finish is Finish.STOP else finish]


def usage_of(usage: Mapping[str, object]) -> Usage:
    """Anthropic counts cached input beside ``input_tokens``; here it is part of the input."""
    read = _count(usage, "cache_read_input_tokens")
    created = _count(usage, "cache_creation_input_tokens")
    details = usage.get("output_tokens_details")
    return Usage(
        _count(usage, "input_tokens") + read + created,
        _count(usage, "output_tokens"),
        read,
        created,
        _count(details, "thinking_tokens") if isinstance(details, dict) else 0,
    )


def _count(at: Mapping[str, object], key: str) -> int:
    value = at.get(key)
    return value if isinstance(value, int) and value >= 0 else 0


def write_usage(usage: Usage | None) -> Json:
    """The reverse; unknown is zero, for the API demands a number."""
    usage = usage or Usage(0, 0)
    written: Json = {
        "input_tokens": max(0, usage.input_tokens - usage.cache_read_tokens - usage.cache_creation_tokens),
        "cache_creation_input_tokens": usage.cache_creation_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
    }
    if usage.reasoning_tokens:
        written["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    return written


def tier_of(usage: Mapping[str, object]) -> str | None:
    """``service_tier`` in OpenAI's words."""
    tier = usage.get("service_tier")
    return _TIERS.get(tier, tier) if isinstance(tier, str) else None


def write_tier(tier: str | None) -> str | None:
    """The reverse; ``None``: none that the API knows."""
    return _TIERS_BACK.get(tier or "")


def message_id(provider_id: str) -> str:
    """The provider's id with the API's prefix; a new one when it gave none."""
    if provider_id.startswith("msg_"):
        return provider_id
    for prefix in _OTHER_PREFIXES:
        provider_id = provider_id.removeprefix(prefix)
    return f"msg_{provider_id or uuid.uuid4().hex[:24]}"
