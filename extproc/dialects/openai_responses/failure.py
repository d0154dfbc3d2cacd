"""What went wrong, in this API's words: failed responses and error events, both ways."""

from collections.abc import Mapping
from typing import Final

from extproc.dialects.base import Json
from extproc.llm.events import Failed

_TYPES: Final[Mapping[str, str]] = {
    "rate_limit_exceeded": "rate_limit_error",
    "insufficient_quota": "rate_limit_error",
    "server_is_overloaded": "overloaded_error",
    "slow_down": "overloaded_error",
    "context_length_exceeded": "invalid_request_error",
    "invalid_prompt": "invalid_request_error",
    "invalid_request_error": "invalid_request_error",
    "invalid_api_key": "authentication_error",
    "model_not_found": "not_found_error",
}
"""M's name of an error (what `Failed.type` holds) by this API's code; every other is ``api_error``."""

_CODES: Final[Mapping[str, str]] = {
    "rate_limit_error": "rate_limit_exceeded",
    "invalid_request_error": "invalid_prompt",
    "not_found_error": "invalid_prompt",
    "request_too_large": "invalid_prompt",
}
"""The other way; every other is ``server_error``. The API's list of codes is a closed one."""

_M_TYPES: Final = frozenset(
    {
        "api_error",
        "authentication_error",
        "billing_error",
        "invalid_request_error",
        "not_found_error",
        "overloaded_error",
        "permission_error",
        "rate_limit_error",
        "request_too_large",
        "timeout_error",
    }
)


def read_failure(error: Json) -> Failed:
    """An error object or event: ``{"code", "message"}``, with ``type`` or without."""
    message, code, kind = error.get("message"), error.get("code"), error.get("type")
    code = code if isinstance(code, str) else None
    kind = kind if isinstance(kind, str) else ""
    known = _TYPES.get(code or "") or (kind if kind in _M_TYPES else _TYPES.get(kind, "api_error"))
    return Failed(
        message if isinstance(message, str) and message else "The provider's answer failed.", known, code
    )


def failure_of(response: Json) -> Failed | None:
    """Why a ``response`` object has no answer in it; ``None``: it has."""
    error = response.get("error")
    if isinstance(error, dict):
        return read_failure(error)
    if response.get("status") in {"failed", "cancelled"}:
        return Failed(f"The provider's answer is {response['status']}.")
    return None


def code_of(failed: Failed) -> str:
    """The code of a failed response."""
    return _CODES.get(failed.type, "server_error")
