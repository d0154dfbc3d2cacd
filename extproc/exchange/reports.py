"""Who is told of exchanges: at most two words each, and no exchange waits for either to be heard."""

from typing import Protocol

from extproc.exchange.outcome import Outcome
from extproc.exchange.request import Request


class Reports(Protocol):
    """Takes what is told, at once. It never raises."""

    def began(self, request: Request, known: Outcome) -> None:
        """Somebody is at work on a request, and we stay; `known` is how it will end if all goes well."""

    def ended(self, request: Request, outcome: Outcome) -> None:
        """Our part in an exchange is over; said once for each of which the headers came."""


class NoReports:
    """Nobody is there to hear it."""

    def began(self, request: Request, known: Outcome) -> None:
        """Nothing happens."""

    def ended(self, request: Request, outcome: Outcome) -> None:
        """Nothing happens."""
