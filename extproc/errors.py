"""What can go wrong with a request, whose fault it is, and what the caller is told.

    GatewayError
    ├── InvalidRequest        400  caller
    │   └── UnsupportedApi    400  caller   the model's provider does not speak the API that was called
    ├── UnknownPath           404  caller
    ├── ModelNotFound         404  caller
    ├── ResponseNotFound      404  caller
    │   └── PreviousResponseNotFound       the same, of the answer that a request is to go on from
    ├── MethodNotAllowed      405  caller
    ├── BodyTooLarge          413  caller
    ├── UnsupportedEncoding   415  caller
    ├── InternalError         500  gateway
    ├── StateUnavailable      503  gateway  what is kept of conversations cannot be reached
    ├── ProviderFailed        502  provider
    ├── FallbackUnfit         503  provider
    ├── AgentFailed           502  agent
    └── AnswerTooLarge        502  provider

Each is rendered once, in the shape of the API that was called, by `extproc.dialects.errors`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from extproc.limits import RESPONSE_ID_CHARS_SHOWN

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})

UNANSWERED: Mapping[str, str] = MappingProxyType(
    {
        "unreachable": "cannot be reached: no connection to it could be made",
        "no_address": "cannot be reached: no address is known for its host",
        "overloaded": "has too many requests of this gateway to answer already",
        "invalid_answer": "did not answer in valid HTTP",
        "disconnected": "closed the connection before it answered",
        "timeout": "did not answer in time",
    }
)
"""What is told of one that did not answer, after its name, whoever noticed it."""


class GatewayError(Exception):
    """A request that gets an error from us.

    `message` is for the person who called; `code` is for their program (OpenAI's ``error.code``);
    `param` names the field at fault, where there is one. Nothing secret may stand in any of them.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(
        self, message: str, *, param: str | None = None, headers: Mapping[str, str] = _NO_HEADERS
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.headers = headers


class InvalidRequest(GatewayError):
    """The body or a header cannot be understood."""

    status = 400
    code = "invalid_request"


class UnsupportedApi(InvalidRequest):
    """The model is served by a provider that does not speak the API that was called."""

    code = "unsupported_api"


class UnknownPath(GatewayError):
    """No API of ours has this path."""

    status = 404
    code = "unknown_path"


class ModelNotFound(GatewayError):
    """No configured provider offers the model."""

    status = 404
    code = "model_not_found"


class ResponseNotFound(GatewayError):
    """No answer of the Responses API is kept under the id."""

    status = 404
    code = "response_not_found"
    what: ClassVar[str] = "Response"
    field: ClassVar[str] = "id"

    def __init__(self, response_id: str) -> None:
        super().__init__(
            f"{self.what} with id '{response_id[:RESPONSE_ID_CHARS_SHOWN]}' not found.", param=self.field
        )


class PreviousResponseNotFound(ResponseNotFound):
    """The same of the answer that a request is to go on from."""

    code = "previous_response_not_found"
    what = "Previous response"
    field = "previous_response_id"


class MethodNotAllowed(GatewayError):
    """The path exists, the method does not; ``allow`` lists those that do (RFC 9110 §15.5.6)."""

    status = 405
    code = "method_not_allowed"


class BodyTooLarge(GatewayError):
    """The body is over the listener's ``max_body_bytes``."""

    status = 413
    code = "request_too_large"


class UnsupportedEncoding(GatewayError):
    """The body is compressed; we would have to change it (RFC 9110 §15.5.16)."""

    status = 415
    code = "unsupported_content_encoding"


class InternalError(GatewayError):
    """A fault of ours; the log has it under the same request id."""


class StateUnavailable(GatewayError):
    """What is kept of conversations cannot be reached now, and the request needs it."""

    status = 503
    code = "state_unavailable"

    def __init__(self) -> None:
        message = "What is kept of conversations cannot be reached now; try again in a moment."
        super().__init__(message, headers={"retry-after": "1"})


class ProviderFailed(GatewayError):
    """The provider said that it has no answer, with a status that says it has one."""

    status = 502
    code = "provider_failed"


class AgentFailed(GatewayError):
    """An agent had no answer that can be used; `what` says why, without a dot."""

    status = 502
    code = "agent_failed"

    def __init__(self, agent: str, what: str) -> None:
        super().__init__(f"The agent '{agent}' failed: {what}.")
        self.agent = agent


class FallbackUnfit(GatewayError):
    """A target has failed, and the next one cannot be told the request."""

    status = 503
    code = "fallback_unfit"


class AnswerTooLarge(GatewayError):
    """The provider's answer is not a stream, and longer than Envoy can hold for us to translate it."""

    status = 502
    code = "answer_too_large"
