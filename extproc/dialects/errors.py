"""An error as the API that was called would give it, so that its official SDK raises its usual exception.

OpenAI:     ``{"error": {"message", "type", "param", "code"}}``
Anthropic:  ``{"type": "error", "error": {"type", "message"}, "request_id"}``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from extproc import headers as names
from extproc.dialects.api import Api
from extproc.dialects.base import ProviderError
from extproc.errors import GatewayError

_OPENAI_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
"""``error.type`` by status; the others by whose fault it is (``invalid_request_error``, ``server_error``)."""

_ANTHROPIC_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The same for Anthropic; the others are ``invalid_request_error`` and ``api_error``."""


@dataclass(frozen=True, slots=True)
class RenderedError:
    """An error answer, ready to send."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def render(error: GatewayError, api: Api, request_id: str) -> RenderedError:
    """`error` in the shape of `api`; the error's own headers (``allow``, ``retry-after``) are kept."""
    body = _anthropic(error, request_id) if api is Api.MESSAGES else _openai(error)
    headers = (("content-type", "application/json"), (names.REPLY, error.code), *error.headers.items())
    return RenderedError(error.status, headers, msgspec.json.encode(body))


def _openai(error: GatewayError) -> dict[str, Any]:
    by_blame = "server_error" if error.status >= 500 else "invalid_request_error"
    kind = _OPENAI_TYPES.get(error.status, by_blame)
    return {
        "error": {
            "message": _encodable(error.message),
            "type": kind,
            "param": error.param,
            "code": error.code,
        }
    }


def _anthropic(error: GatewayError, request_id: str) -> dict[str, Any]:
    by_blame = "api_error" if error.status >= 500 else "invalid_request_error"
    kind = _ANTHROPIC_TYPES.get(error.status, by_blame)
    return {
        "type": "error",
        "error": {"type": kind, "message": _encodable(error.message)},
        "request_id": request_id,
    }


def provider_error(error: ProviderError, api: Api) -> bytes:
    """The body of a provider's error in the shape of `api`; the status goes with it as it is."""
    message = _encodable(error.message)
    by_blame = "server_error" if error.status >= 500 else "invalid_request_error"
    if api is Api.MESSAGES:
        kind = _ANTHROPIC_TYPES.get(error.status, by_blame.replace("server_error", "api_error"))
        return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})
    told = {
        "message": message,
        "type": _OPENAI_TYPES.get(error.status, by_blame),
        "param": error.param,
        "code": error.code or error.type,
    }
    return msgspec.json.encode({"error": told})


def _encodable(message: str) -> str:
    """A message may repeat a caller's text, and JSON can smuggle in half a surrogate pair."""
    return message.encode("utf-8", "replace").decode()
