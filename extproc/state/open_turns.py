"""Exchanges that go on: what two witnesses tell of each is put together here, whoever speaks first.

The external processor tells where a request goes and how its own part ended. Envoy tells of the whole, when
it is over, and at most once. A turn ends when both have spoken; or when one has, and the other has had its
time.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from extproc.limits import (
    STATE_ENDED_TURNS_MAX,
    STATE_GAP_S,
    STATE_OPEN_TURNS_MAX,
    STATE_TURN_S_MAX,
    STATE_WITNESS_S,
)
from extproc.state.turn import ACCESS_LOG, EVENT, Call, Turn

_BECAME: Final = ("status", "provider", "model", "upstream_api")
"""What Envoy knows better: the status that the client got, and the target that answered in the end."""

_ROUTED: Final = ("", "routed")
"""Endings after which somebody else goes on with the request."""


class OpenTurn(msgspec.Struct):
    """One of them."""

    turn: Turn
    heard: float
    """When somebody told of it last."""
    over: bool = False
    """The external processor has done its part."""
    logged: bool = False
    """Envoy has told of it."""

    @property
    def in_flight(self) -> bool:
        """Whether a provider or an agent is at work on it."""
        gone_on = not self.over or self.turn.ending in _ROUTED
        return self.turn.sent and gone_on and not self.logged


class OpenTurns:
    """All of them. `ended` is called for each that ends; `again`, when something comes for one that had."""

    def __init__(
        self, ended: Callable[[Turn], None], again: Callable[[Turn], None], clock: Callable[[], float]
    ) -> None:
        self._logging = 0
        self._gap = clock()
        """What began before may have been logged when nobody was there to hear it."""
        self._ended = ended
        self._again = again
        self._clock = clock
        self._open: dict[str, OpenTurn] = {}
        self._past: OrderedDict[str, Turn] = OrderedDict()

    def hears(self, streams: int) -> None:
        """There are so many streams by which Envoy tells; without any, nobody waits for it."""
        if streams < self._logging:
            self._gap = self._clock()
        self._logging = streams

    @property
    def open(self) -> Mapping[str, OpenTurn]:
        """By request id, in the order in which they were first heard of."""
        return self._open

    def told(self, part: Turn, *, over: bool) -> None:
        """What the external processor says; `over`: its last word on this exchange."""
        part.sources = [EVENT]
        if self._late(part):
            return
        found = self._of(part.request_id)
        if found.logged:
            _defer(part, found.turn)
        found.turn.learn(part)
        found.over = found.over or over
        self._settle(part.request_id, found)

    def logged(self, part: Turn) -> None:
        """What Envoy says of the whole."""
        part.sources = [ACCESS_LOG]
        if self._late(part):
            return
        found = self._of(part.request_id)
        found.turn.learn(part)
        found.logged = True
        self._settle(part.request_id, found)

    def called(self, request_id: str, call: Call) -> None:
        """What Envoy says of a call that was made for an exchange, unless that has ended."""
        if request_id not in self._past:
            self._of(request_id).turn.calls.append(call)

    def settle(self) -> None:
        """End those that have waited long enough."""
        now = self._clock()
        for request_id, found in list(self._open.items()):
            if now - found.heard >= self._patience(found):
                self._end(request_id, found)

    def close(self) -> None:
        """End them all: nobody will be there to hear more."""
        for request_id, found in list(self._open.items()):
            self._end(request_id, found)

    def in_flight(self) -> Iterator[Turn]:
        """Those that a provider or an agent is at work on."""
        return (found.turn for found in self._open.values() if found.in_flight)

    def _of(self, request_id: str) -> OpenTurn:
        found = self._open.get(request_id)
        now = self._clock()
        if found is None:
            if len(self._open) >= STATE_OPEN_TURNS_MAX:
                oldest = next(iter(self._open))
                self._end(oldest, self._open[oldest])
            found = self._open[request_id] = OpenTurn(Turn(request_id), now)
        found.heard = now
        return found

    def _late(self, part: Turn) -> bool:
        turn = self._past.get(part.request_id)
        if turn is None:
            return False
        if ACCESS_LOG in turn.sources and part.sources == [EVENT]:
            _defer(part, turn)
        turn.learn(part)
        turn.judge()
        self._again(turn)
        return True

    def _settle(self, request_id: str, found: OpenTurn) -> None:
        if found.over and found.logged:
            self._end(request_id, found)

    def _patience(self, found: OpenTurn) -> float:
        if found.logged or not found.turn.sources:
            return STATE_WITNESS_S
        if not found.over:
            return STATE_TURN_S_MAX
        if not found.in_flight or not self._logging:
            return STATE_WITNESS_S
        return STATE_GAP_S if found.turn.began < self._gap else STATE_TURN_S_MAX

    def _end(self, request_id: str, found: OpenTurn) -> None:
        del self._open[request_id]
        turn = found.turn
        if not turn.sources:
            return  # calls of an exchange of which nobody told
        if not found.logged:
            turn.ended = found.heard
        turn.began = turn.began or found.heard
        turn.judge()
        self._past[request_id] = turn
        if len(self._past) > STATE_ENDED_TURNS_MAX:
            self._past.popitem(last=False)
        self._ended(turn)


def _defer(part: Turn, to: Turn) -> None:
    """Leave to what Envoy has said what it knows better."""
    for name in _BECAME:
        if said := getattr(to, name):
            setattr(part, name, said)
