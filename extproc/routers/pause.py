"""A router model that does not answer is not asked for a while: no request waits for it in vain.

three failures in a row ─▶ 5 s without it ─▶ one try ─▶ it answers: as before
                                                    ─▶ it does not: 10 s, 20 s, 40 s, 60 s without it
"""

import time
from collections.abc import Callable
from typing import Final

from extproc.limits import ROUTER_MODEL_FAILURES_MAX, ROUTER_MODEL_PAUSE_FIRST_S, ROUTER_MODEL_PAUSE_MAX_S

_NEVER: Final = float("-inf")


class Pause:
    """Counts the failures of one router model, and says when it may be asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._ends = _NEVER
        self.failures = 0
        """In a row."""
        self.seconds = 0.0
        """Length of the latest pause; 0: there was none since it last answered."""

    def begin(self, try_s: float) -> float | None:
        """The time at which a try of at most `try_s` seconds begins; ``None``: it may not.

        After a pause there is one try at a time: should it fail, too, only one request has waited.
        """
        now = self._clock()
        if now < self._ends:
            return None
        if self.seconds:
            self._ends = now + try_s
        return now

    def answered(self) -> None:
        """It is there."""
        self.failures, self.seconds = 0, 0.0
        self._began = self._ends = _NEVER

    def failed(self, began: float) -> None:
        """It did not answer a try that began then. What was on its way when a pause began changes nothing."""
        if began < self._began:
            return
        self.failures += 1
        if self.failures < ROUTER_MODEL_FAILURES_MAX:
            return
        self.seconds = min(max(ROUTER_MODEL_PAUSE_FIRST_S, 2 * self.seconds), ROUTER_MODEL_PAUSE_MAX_S)
        self._began = self._clock()
        self._ends = self._began + self.seconds
