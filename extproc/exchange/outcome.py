"""How an exchange ended: exactly one of these, whatever happened."""

from enum import StrEnum

import msgspec

from extproc.dialects.operation import Operation
from extproc.errors import GatewayError
from extproc.exchange.messages import NO_METADATA, Metadata
from extproc.llm.response import Usage
from extproc.routing.models import Target


class Ending(StrEnum):
    """The ways an exchange can end."""

    ROUTED = "routed"
    """A target was chosen and Envoy sends the request there."""
    REPLIED = "replied"
    """We answered: a list of models, a health check, an error of the caller's."""
    RETRIED = "retried"
    """A further attempt at a request was made right for its target; the request has an outcome of its own."""
    PASSED = "passed"
    """Envoy or another HTTP filter had answered before us; nothing was left to decide."""
    ABORTED = "aborted"
    """The client or Envoy went away before a decision."""
    FAILED = "failed"
    """A fault of ours; the client got a 500."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What there is to tell of an exchange when our part in it is over."""

    ending: Ending
    target: Target | None = None
    error: GatewayError | None = None
    agent: str | None = None
    """Who answers, on a listener of agents."""
    operation: Operation | None = None
    told: Metadata = NO_METADATA
    """What Envoy was told of the decision."""
    alternatives: tuple[Target, ...] = ()
    """Where else it goes when the target fails."""
    conversation: str | None = None
    """The one that it belongs to, as clients are told it."""
    usage: Usage | None = None
    """What the answer says of tokens; ``None``: it says nothing, or we did not look."""
