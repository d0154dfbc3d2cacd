"""The replies that Envoy makes by itself, as a table: when it is which, and what the caller is told.

Envoy's own texts name internals (addresses, transports, filters), so none of them is passed on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from extproc.bootstrap.operators import decided, of_this_attempt, route
from extproc.bootstrap.routes import BODY_LIMIT
from extproc.errors import UNANSWERED

SEVERAL: Final = "names"
"""Metadata of a request that may have several attempts: the last one has failed."""


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
    decided: str | None = None
    """Metadata that is there: ``provider`` or ``agent``, so that what fails now is its side; or `SEVERAL`."""
    becomes: int | None = None
    """Status in place of Envoy's."""


_INVALID: Final = "invalid_request_error"
_LIMIT: Final = route(BODY_LIMIT)
_LAST: Final = f"last provider that was tried ({of_this_attempt('trails')})"


def _behind_us(kind: str, name: str, known: str, *, always: bool) -> Iterator[Case]:
    """What fails at the ``provider`` or the ``agent`` that was chosen. The router sets the flags.

    `known` is metadata that tells it is one of those. `always`: it must be there in each case; else the flags
    alone tell, where they can.
    """
    chosen = known if always else None
    told = {what: f"The {name} {words}." for what, words in UNANSWERED.items()}
    unreachable, invalid, hung_up = told["unreachable"], told["invalid_answer"], told["disconnected"]
    yield Case(f"{kind}_unreachable", unreachable, "api_error", flags=("UF",), decided=chosen)
    yield Case(f"{kind}_unreachable", told["no_address"], "api_error", flags=("UH",), decided=known)
    yield Case(f"{kind}_overloaded", told["overloaded"], "overloaded_error", flags=("UO",), decided=chosen)
    yield Case(f"{kind}_timeout", told["timeout"], "timeout_error", status=504, decided=known)
    yield Case(f"{kind}_invalid_answer", invalid, "api_error", flags=("UPE",), decided=chosen)
    yield Case(f"{kind}_disconnected", hung_up, "api_error", flags=("UC", "UR", "LR"), decided=chosen)
    # A decision for a cluster that Envoy does not have.
    unknown = f"This gateway cannot send to the {name}."
    yield Case("gateway_error", unknown, "api_error", flags=("NC",), decided=chosen)


CASES: Final = (
    *_behind_us("agent", f"agent {decided('agent')}", "agent", always=True),
    *_behind_us("provider", _LAST, SEVERAL, always=True),
    *_behind_us("provider", f"provider {decided('provider')}", "provider", always=False),
    Case(
        "credential_unavailable",
        f"This gateway has no key for the provider {decided('provider')} at the moment.",
        "api_error",
        status=401,
        decided="provider",
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
