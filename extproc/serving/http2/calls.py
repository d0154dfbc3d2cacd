"""What the connections of one worker have in common: the methods they serve, and the counts with a limit."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from extproc.exchange.stream import Receive, Send

Handler = Callable[[Receive, Send], Awaitable[object]]
"""Serves one call: its return is the clean end, `faults.CallFailed` an end with another status."""


@dataclass(slots=True)
class Calls:
    """Mutable; touched by the loop's thread alone."""

    handlers: Mapping[bytes, Handler]
    """By path, ``/package.Service/Method``."""
    message_bytes_max: Callable[[], int]
    """Of a call that begins now; longer messages end it."""
    open: int = 0
    """Calls in progress."""
    held_bytes: int = 0
    """Received and not taken yet by any of them."""
