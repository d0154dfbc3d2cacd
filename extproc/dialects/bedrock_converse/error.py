"""An error of Bedrock: ``{"message": …}``, its name in a header or in ``__type``."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from extproc.dialects.anthropic_messages.error import plain_message
from extproc.dialects.base import ProviderError

_TYPES: Final[Mapping[str, str]] = {
    "throttlingexception": "rate_limit_error",
    "servicequotaexceededexception": "rate_limit_error",
    "serviceunavailableexception": "overloaded_error",
    "modelnotreadyexception": "overloaded_error",
    "modeltimeoutexception": "timeout_error",
    "validationexception": "invalid_request_error",
    "accessdeniedexception": "permission_error",
    "resourcenotfoundexception": "not_found_error",
    "unrecognizedclientexception": "authentication_error",
}
"""M's name of an error by Amazon's, in small letters; the others are the provider's own faults."""


def error_type(name: str) -> str:
    """M's name of the error, as `Failed` has it."""
    return _TYPES.get(name.lower(), "api_error")


def read_error(status: int, body: bytes) -> ProviderError:
    """The error, whatever the body is."""
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        decoded = None
    kind = decoded.get("__type") if isinstance(decoded, dict) else None
    name = kind.rpartition("#")[2] if isinstance(kind, str) else None
    return ProviderError(status, plain_message(status, decoded, body), name or None)
