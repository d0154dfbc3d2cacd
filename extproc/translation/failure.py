"""A provider's failure that came with a status of success, and the status that it should have had.

Some answer 200 and an error object; a stream can only fail after its 200. Where the client is still to be
sent a status, it gets a true one, so that its SDK raises, and retries, as it should.
"""

from collections.abc import Mapping
from typing import Any, Final

from extproc.dialects.api import Api
from extproc.dialects.base import ProviderError, UpstreamDialect
from extproc.llm.events import Failed

Json = dict[str, Any]

ANSWER_IN: Final[Mapping[Api, str]] = {
    Api.CHAT: "choices",
    Api.MESSAGES: "content",
    Api.RESPONSES: "output",
    Api.CONVERSE: "output",
}
"""The field without which an object is no answer, by API."""

_MESSAGE_IN: Final = ("error", "message", "msg", "detail")

_FAILED: Final = 502

_STATUSES: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""By the error's type, or its code."""


def is_answer(upstream: UpstreamDialect, value: Json) -> bool:
    """Whether there is an answer in it, be it an empty one."""
    return isinstance(value.get(ANSWER_IN[upstream.api]), list | dict)


def failure_in(upstream: UpstreamDialect, value: Json, body: bytes) -> ProviderError | None:
    """The error in `value`, which was read from `body` and is no answer; ``None``: there is none."""
    if not any(value.get(key) for key in _MESSAGE_IN):
        return None
    return _with_status(upstream.read_error(_FAILED, body))


def failure_of(failed: Failed) -> ProviderError:
    """The error that ended a stream of which the client has seen nothing yet."""
    return _with_status(ProviderError(_FAILED, failed.message, failed.type, failed.code))


def _with_status(error: ProviderError) -> ProviderError:
    """A code that is a status is the best word for it."""
    code = error.code or ""
    if code.isdecimal() and 400 <= int(code) < 600:
        status = int(code)
    else:
        status = _STATUSES.get(error.type or "") or _STATUSES.get(code, _FAILED)
    return ProviderError(status, error.message, error.type, error.code, error.param)
