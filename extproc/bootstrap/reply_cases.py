"""The replies that Envoy makes by itself, as a table: when it is which, and what the caller is told.

Envoy's own texts name internals (addresses, transports, filters), so none of them is passed on.
"""

from dataclasses import dataclass
from typing import Final

from extproc.bootstrap.operators import decided, route
from extproc.bootstrap.routes import BODY_LIMIT


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of local reply. All that is given of `flags`, `status`, `at_least` and `decided` must hold."""

    reason: str
    """Value of the header ``x-plano-reply`` and of OpenAI's ``error.code``."""
    message: str
    """A sentence for the caller; command operators in it are filled in."""
    anthropic: str
    """``error.type`` in Anthropic's envelope."""
    openai: str = "server_error"
    """``error.type`` in OpenAI's envelope."""
    flags: tuple[str, ...] = ()
    """Envoy's response flags, of which one is set."""
    status: int | None = None
    """The status."""
    at_least: int | None = None
    """The lowest status."""
    decided: bool = False
    """A provider has been chosen: what fails now is its side."""
    becomes: int | None = None
    """Status in place of Envoy's."""


_INVALID: Final = "invalid_request_error"
_PROVIDER: Final = f"The provider {decided('provider')}"
_LIMIT: Final = route(BODY_LIMIT)

CASES: Final = (
    # On the way to the provider. The router sets the flags.
    Case(
        "provider_unreachable",
        f"{_PROVIDER} cannot be reached: no connection to it could be made.",
        "api_error",
        flags=("UF",),
    ),
    Case(
        "provider_unreachable",
        f"{_PROVIDER} cannot be reached: no address is known for its host.",
        "api_error",
        flags=("UH",),
        decided=True,
    ),
    Case(
        "provider_overloaded",
        f"{_PROVIDER} has too many requests of this gateway to answer already.",
        "overloaded_error",
        flags=("UO",),
    ),
    Case(
        "provider_timeout", f"{_PROVIDER} did not answer in time.", "timeout_error", status=504, decided=True
    ),
    Case(
        "provider_invalid_answer", f"{_PROVIDER} did not answer in valid HTTP.", "api_error", flags=("UPE",)
    ),
    Case(
        "provider_disconnected",
        f"{_PROVIDER} closed the connection before it answered.",
        "api_error",
        flags=("UC", "UR", "LR"),
    ),
    # A decision for a cluster that Envoy does not have.
    Case(
        "gateway_error",
        f"This gateway cannot send to the provider {decided('provider')}.",
        "api_error",
        flags=("NC",),
    ),
    Case(
        "credential_unavailable",
        f"This gateway has no key for the provider {decided('provider')} at the moment.",
        "api_error",
        status=401,
        decided=True,
        becomes=503,
    ),
    # The caller's side.
    Case(
        "request_too_large",
        f"The request's body is larger than {_LIMIT}.",
        "request_too_large",
        _INVALID,
        status=413,
    ),
    Case("request_timeout", "The request did not arrive in time.", _INVALID, _INVALID, status=408),
    Case(
        "headers_too_large",
        "The request's headers are too many or too large.",
        _INVALID,
        _INVALID,
        status=431,
    ),
    Case("http_version_unsupported", "HTTP/1.1 or HTTP/2 is needed.", _INVALID, _INVALID, status=426),
    Case("upgrade_unsupported", "No protocol upgrade is possible here.", _INVALID, _INVALID, status=403),
    Case("unknown_path", "There is no such path.", "not_found_error", _INVALID, status=404),
    # Our side.
    Case(
        "gateway_timeout",
        "This gateway did not decide in time where to send the request.",
        "timeout_error",
        status=504,
    ),
    Case("undecided", "This gateway found no provider for the request.", "api_error", flags=("UH",)),
    Case(
        "gateway_unavailable",
        "This gateway cannot route requests at the moment. Try again shortly.",
        "overloaded_error",
        status=503,
    ),
    Case("gateway_error", "This gateway failed at the request.", "api_error", at_least=500),
    Case("invalid_request", "The request is not valid HTTP.", _INVALID, _INVALID),
)
"""The first case that fits is told; the last one fits always."""
