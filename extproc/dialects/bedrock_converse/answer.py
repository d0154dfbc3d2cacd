"""Small things that whole and streamed answers have in common: why it ended, what it cost, what it cites."""

from collections.abc import Mapping
from typing import Any, Final

from extproc.llm.response import Finish, Usage

Json = dict[str, Any]

_FINISHES: Final[Mapping[str, Finish]] = {
    "end_turn": Finish.STOP,
    "tool_use": Finish.TOOL_CALLS,
    "max_tokens": Finish.LENGTH,
    "stop_sequence": Finish.STOP_SEQUENCE,
    "guardrail_intervened": Finish.CONTENT_FILTER,
    "content_filtered": Finish.CONTENT_FILTER,
    "model_context_window_exceeded": Finish.CONTEXT,
    "malformed_model_output": Finish.STOP,
}


def finish_of(stop_reason: object, tool_calls: bool) -> Finish:
    """An unknown reason ends an answer as any; with tool calls in it, it wants their results."""
    if isinstance(stop_reason, str) and stop_reason in _FINISHES:
        return _FINISHES[stop_reason]
    return Finish.TOOL_CALLS if tool_calls else Finish.STOP


def usage_of(usage: object) -> Usage | None:
    """Amazon counts cached input beside ``inputTokens``; here it is part of the input."""
    if not isinstance(usage, dict):
        return None
    read, created = _count(usage, "cacheReadInputTokens"), _count(usage, "cacheWriteInputTokens")
    return Usage(_count(usage, "inputTokens") + read + created, _count(usage, "outputTokens"), read, created)


def _count(at: Json, key: str) -> int:
    value = at.get(key)
    return value if isinstance(value, int) and value >= 0 else 0


def stop_sequence_of(answer: Json) -> str | None:
    """The sequence that ended it, which Claude tells among its own fields."""
    return string(mapping(answer, "additionalModelResponseFields"), "stop_sequence") or None


def model_of(answer: Json) -> str:
    """The model that a prompt router chose; ``""``: the one that was asked."""
    return string(mapping(mapping(answer, "trace"), "promptRouter"), "invokedModelId")


def tier_of(answer: Json) -> str | None:
    """``serviceTier``, in OpenAI's words, which Amazon took over."""
    return string(mapping(answer, "serviceTier"), "type") or None


def annotation(citation: Json, end: int) -> Json:
    """A citation as Responses writes annotations; `end`: characters of the text that it supports."""
    title, source = string(citation, "title"), string(citation, "source")
    url = string(mapping(mapping(citation, "location"), "web"), "url") or (source if "://" in source else "")
    if url:
        return {"type": "url_citation", "url": url, "title": title or url, "start_index": 0, "end_index": end}
    return {"type": "file_citation", "file_id": "", "filename": title or source, "index": end}


def string(at: Json, key: str) -> str:
    """A string; ``""`` when there is none."""
    value = at.get(key)
    return value if isinstance(value, str) else ""


def mapping(at: Json, key: str) -> Json:
    """An object; empty when there is none."""
    value = at.get(key)
    return value if isinstance(value, dict) else {}


def dicts(value: object) -> list[Json]:
    """The objects in a list; empty when it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
