"""An error answer of Messages: ``{"type": "error", "error": {"type", "message"}}``."""

from typing import Any

import msgspec

from extproc.dialects.base import ProviderError

ERROR_TEXT_CHARS_MAX = 2_000
"""What is kept of an error that is no JSON (an HTML page of some proxy)."""


def read_error(status: int, body: bytes) -> ProviderError:
    """The error, whatever the body is."""
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        decoded = None
    error = decoded.get("error") if isinstance(decoded, dict) else None
    if not isinstance(error, dict):
        return ProviderError(status, plain_message(status, decoded, body))
    message, kind = error.get("message"), error.get("type")
    return ProviderError(
        status,
        message if isinstance(message, str) and message else plain_message(status, decoded, body),
        kind if isinstance(kind, str) else None,
    )


def plain_message(status: int, decoded: object, body: bytes) -> str:
    """A message for a body that has none in its place."""
    if isinstance(decoded, dict):
        for key in ("message", "Message", "error", "detail"):
            value = decoded.get(key)
            if isinstance(value, str) and value:
                return value
    text = body.decode("utf-8", "replace").strip()[:ERROR_TEXT_CHARS_MAX]
    return text or f"The provider answered with status {status}."
