"""Who is told of exchanges: at most two words each, and no exchange waits for either to be heard."""

from typing import Protocol

from extproc.exchange.outcome import Outcome


class Reports(Protocol):
    """Takes what is told, at once. It never raises."""

    def began(self, known: Outcome) -> None:
        """An exchange that goes on for a while, as it would end if that went well: it is at work from now on."""

    def ended(self, outcome: Outcome) -> None:
        """Our part in an exchange is over; said once for each."""


class NoReports:
    """Nobody is there to hear it."""

    def began(self, known: Outcome) -> None:
        """Nothing happens."""

    def ended(self, outcome: Outcome) -> None:
        """Nothing happens."""
