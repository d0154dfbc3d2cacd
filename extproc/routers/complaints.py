"""Keeps a log readable while something fails with every request."""

import logging
import time
from collections.abc import Callable
from typing import Final

from extproc.limits import COMPLAINT_INTERVAL_S

_KINDS_MAX: Final = 64


class Complaints:
    """Warnings, each kind of them at most once in `interval_s`."""

    def __init__(
        self,
        log: logging.Logger,
        interval_s: float = COMPLAINT_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._interval_s = interval_s
        self._clock = clock
        self._said: dict[str, float] = {}

    def say(self, kind: str, message: str) -> None:
        """Log `message`, unless one of its kind was logged a short while ago."""
        now = self._clock()
        last = self._said.get(kind)
        if last is not None and now - last < self._interval_s:
            return
        if len(self._said) >= _KINDS_MAX:
            self._said.clear()
        self._said[kind] = now
        self._log.warning("%s", message)
