"""What the whole answer and the streamed one have in common: their outermost fields."""

import time
import uuid
from typing import Any, Final

Json = dict[str, Any]

SERVICE_TIERS: Final = frozenset({"auto", "default", "flex", "scale", "priority", "fast"})
"""Those that OpenAI has; a client of its API knows no other."""


def text_of(obj: Json, key: str) -> str:
    """A string, or ``""``."""
    value = obj.get(key)
    return value if isinstance(value, str) else ""


def created_of(obj: Json) -> int | None:
    """``created``, which some give as a float."""
    value = obj.get("created")
    return int(value) if isinstance(value, int | float) and 0 <= value < 2**53 else None


def head(answer_id: str, kind: str, created: int | None, model: str, service_tier: str | None) -> Json:
    """The fields before ``choices``; an id and a time are made where the provider gave none."""
    written: Json = {
        "id": answer_id or f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()) if created is None else created,
        "model": model,
    }
    if service_tier in SERVICE_TIERS:
        written["service_tier"] = service_tier
    return written


def spoken(audio: object) -> str:
    """The words of a spoken answer."""
    return text_of(audio, "transcript") if isinstance(audio, dict) else ""


def made_call_id(answer_id: str, index: int) -> str:
    """An id for a tool call that came without one: made from the answer's, so that no other has it."""
    return f"call_{answer_id.removeprefix('chatcmpl-') or uuid.uuid4().hex}_{index}"
