"""What further attempts at a request must know of it, and what is kept for them meanwhile (`twin`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from extproc.exchange.decision import Decision
from extproc.exchange.messages import Metadata
from extproc.exchange.ranked import Ranked, told_of
from extproc.exchange.request import Request
from extproc.exchange.rules import GENERATION, Rules

CARRIED: Final = "carried"
"""The metadata key of `Decision.carried`."""


@contextmanager
def told(decision: Decision, ranked: Ranked, request: Request, rules: Rules) -> Iterator[Metadata]:
    """The metadata; what was translated is kept as long as the block lasts."""
    known = {**told_of(ranked, request), GENERATION: rules.snapshot.generation}
    if decision.carried is not None:
        known = {**known, CARRIED: decision.carried}
    if decision.crossing is None or decision.original is None:
        yield known
        return
    ports = rules.ports
    key = ports.originals.keep(decision.original)
    try:
        yield {
            **known,
            "first_api": decision.crossing.upstream,
            "original": key,
            "worker": ports.address,
        }
    finally:
        ports.originals.forget(key)
