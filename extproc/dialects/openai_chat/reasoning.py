"""The model's thinking in Chat Completions: no part of OpenAI's API, but of most that are made after it.

``reasoning_content`` (DeepSeek, Moonshot, Qwen, Zhipu …) or ``reasoning`` (OpenRouter, Groq) is the text.
``reasoning_details`` (OpenRouter) is a list that also carries signatures, so that the turn can go back:

    {"type": "reasoning.text", "text": …, "signature": …, "format": …, "id": …}
    {"type": "reasoning.summary", "summary": …}
    {"type": "reasoning.encrypted", "data": …}
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from extproc.dialects.api import Api
from extproc.llm.parts import Reasoning

Json = dict[str, Any]

_ORIGINS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic-claude-v1": Api.MESSAGES.value,
        "openai-responses-v1": Api.RESPONSES.value,
        "bedrock-converse-v1": Api.CONVERSE.value,
    }
)
"""`Reasoning.origin` by ``format``; the first two are OpenRouter's names. Any other: this API."""

_FIELDS: Final = frozenset({"reasoning", "reasoning_content", "reasoning_details"})

_FORMATS: Final = {origin: name for name, origin in _ORIGINS.items()}


def text_of(message: Json) -> str:
    """The thinking's text in a message or delta; ``""``: none."""
    for key in ("reasoning_content", "reasoning"):
        value = message.get(key)
        if value and isinstance(value, str):
            return value
    return ""


def read(message: Json) -> list[Reasoning]:
    """The thinking in a message; whatever is not understood is not there."""
    if _FIELDS.isdisjoint(message):
        return []
    details = message.get("reasoning_details")
    parts: list[Reasoning] = []
    for detail in details if isinstance(details, list) else ():
        part = read_detail(detail)
        if part is None:
            continue
        if parts and part.id is not None and part.id == parts[-1].id:
            parts[-1] = merged(parts[-1], part)
        else:
            parts.append(part)
    text = text_of(message)
    if text and not any(part.text for part in parts):
        return [msgspec.structs.replace(parts[0], text=text), *parts[1:]] if parts else [Reasoning(text)]
    return parts


def read_detail(detail: object) -> Reasoning | None:
    """One of ``reasoning_details``."""
    if not isinstance(detail, dict):
        return None
    origin = _ORIGINS.get(_string(detail, "format") or "", Api.CHAT.value)
    signature, redacted = _string(detail, "signature"), None
    if detail.get("type") == "reasoning.encrypted":
        if origin == Api.RESPONSES:
            signature = _string(detail, "data")
        else:
            redacted = _string(detail, "data")
    text = _string(detail, "text") or _string(detail, "summary") or ""
    part_id = _string(detail, "id")
    if not (text or signature or redacted):
        return None
    made = signature or redacted or part_id
    return Reasoning(text, signature, redacted, part_id, origin if made else None)


def merged(first: Reasoning, more: Reasoning) -> Reasoning:
    """Two details of one thought."""
    return Reasoning(
        first.text + more.text,
        more.signature or first.signature,
        more.redacted or first.redacted,
        first.id,
        more.origin or first.origin,
    )


def details_of(parts: Iterable[Reasoning]) -> list[Json]:
    """``reasoning_details`` for the parts that have more than a text; ``[]`` when none has."""
    details: list[Json] = []
    for part in parts:
        if part.signature or part.redacted:
            common = {"format": _FORMATS.get(part.origin or "", "unknown"), "index": len(details)}
            if part.id is not None:
                common["id"] = part.id
            details += [{**detail, **common} for detail in _details(part)]
    return details


def _details(part: Reasoning) -> list[Json]:
    if part.origin == Api.RESPONSES:
        summary = [{"type": "reasoning.summary", "summary": part.text}] if part.text else []
        return [*summary, {"type": "reasoning.encrypted", "data": part.signature or part.redacted}]
    details = []
    if part.text or part.signature:
        details.append({"type": "reasoning.text", "text": part.text, "signature": part.signature})
    if part.redacted:
        details.append({"type": "reasoning.encrypted", "data": part.redacted})
    return details


def _string(obj: Json, key: str) -> str | None:
    value = obj.get(key)
    return value if isinstance(value, str) and value else None
