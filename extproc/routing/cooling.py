"""Targets that asked to be left alone for a while (``retry-after``), as one worker has seen it.

Kept in the worker's memory: another worker learns it from an answer of its own, and a restart forgets it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from extproc.limits import COOLING_S_MAX, COOLING_TARGETS_MAX
from extproc.routing.models import Target

_Key = tuple[str, str]


class Cooled(msgspec.Struct, frozen=True, gc=False):
    """Targets in the order in which they are to be tried."""

    targets: tuple[Target, ...]
    wait_s: float
    """Until the first of them is ready; 0: it is."""


class Cooling:
    """Who is cooling down, and until when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[_Key, float] = {}

    @property
    def any(self) -> bool:
        """Whether any target may be cooling down."""
        return bool(self._until)

    def cool(self, target: Target, seconds: float) -> None:
        """Leave `target` out for so long, up to `COOLING_S_MAX`; what was longer already stays."""
        until = self._clock() + min(seconds, COOLING_S_MAX)
        key = _key(target)
        if until > self._until.get(key, 0.0):
            self._until.pop(key, None)
            self._until[key] = until
        if len(self._until) > COOLING_TARGETS_MAX:
            del self._until[next(iter(self._until))]

    def left(self) -> tuple[tuple[str, str, float], ...]:
        """Those that are cooling down now: the provider's name, the model, and for how many seconds yet."""
        now = self._clock()
        return tuple((*key, until - now) for key, until in self._until.items() if until > now)

    def order(self, targets: tuple[Target, ...]) -> Cooled:
        """Those that are ready in their own order, then the others by how soon they are."""
        now = self._clock()
        self._until = {key: until for key, until in self._until.items() if until > now}
        left = [max(self._until.get(_key(target), 0.0) - now, 0.0) for target in targets]
        order = sorted(range(len(targets)), key=left.__getitem__)
        return Cooled(tuple(targets[index] for index in order), left[order[0]])


def seconds_of(retry_after: str) -> float | None:
    """The wait that a ``retry-after`` asks for (RFC 9110 §10.2.3): seconds, or until a date."""
    text = retry_after.strip()
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((date.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _key(target: Target) -> _Key:
    return (target.provider.name, target.model)
