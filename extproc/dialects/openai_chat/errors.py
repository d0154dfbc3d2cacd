"""The body of an error answer, in all the shapes that "OpenAI-compatible" providers give it."""

from http import HTTPStatus
from typing import Any, Final

import msgspec

from extproc.dialects.base import ProviderError

Json = dict[str, Any]

PROVIDER: Final = "The provider"
"""Who failed, where nobody says who it is."""

MESSAGE_CHARS_MAX: Final = 2000
"""What is kept of a body that is not JSON, e.g. a proxy's page of HTML."""


def read_error(status: int, body: bytes, speaker: str = PROVIDER) -> ProviderError:
    """What the provider says went wrong; `speaker` names it for people."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body.decode("utf-8", "replace").strip()[:MESSAGE_CHARS_MAX]
        return ProviderError(status, text or unexplained(status, speaker))
    return error_of(decoded, status, speaker)


def error_of(decoded: object, status: int, speaker: str = PROVIDER) -> ProviderError:
    """The error in a decoded body or in an event of a stream.

    OpenAI has ``{"error": {…}}``; Gemini puts that into an array, Ollama and xAI have a string for the inner
    object, Mistral and GitHub no outer object, FastAPI's servers ``{"detail": …}``.
    """
    if isinstance(decoded, list):
        decoded = decoded[0] if decoded else None
    outer = decoded if isinstance(decoded, dict) else {"message": decoded}
    error = outer.get("error")
    if isinstance(error, str):
        inner = {**outer, "message": error}
    else:
        inner = error if isinstance(error, dict) else outer
    return ProviderError(
        status=status,
        message=_message(inner) or unexplained(status, speaker),
        type=_string(inner, "type") or _string(inner, "status"),
        code=_string(inner, "code"),
        param=_string(inner, "param"),
    )


def _message(error: Json) -> str:
    for key in ("message", "detail", "error_description", "msg"):
        value = error.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, dict | list) and value:
            return msgspec.json.encode(value).decode()[:MESSAGE_CHARS_MAX]
    return ""


def _string(error: Json, key: str) -> str | None:
    """A string; ``code`` is also given as a number."""
    value = error.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def unexplained(status: int, speaker: str = PROVIDER) -> str:
    """For an error without words."""
    try:
        return f"{speaker} answered {status} {HTTPStatus(status).phrase}."
    except ValueError:
        return f"{speaker} answered {status}."
