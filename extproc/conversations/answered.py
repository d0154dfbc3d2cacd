"""An answer on its way to the client: what is ours is put into it, and what it says is remembered.

Whoever wrote it, a provider of this API or our own translation: it is read as the client will read it. Events
that do not tell of the whole ``response`` pass as they came; so does whatever cannot be read.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import msgspec

from extproc.conversations.events import Cutter, data_of, with_data
from extproc.conversations.items import output_of
from extproc.conversations.members import members, read, with_members, written
from extproc.conversations.pieces import Pieces

Told = Mapping[str, msgspec.Raw]
"""Members that the ``response`` object is to have: ``id``, ``store`` …"""

_BEGINS: Final = ("response.created", "response.queued", "response.in_progress")
_ENDS: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_KIND: Final = re.compile(
    rb'"type"\s*+:\s*+"(?:(response\.(?:output_text|refusal)\.delta)|(response\.output_item\.(?:added|done))|(?:%b))"'
    % b"|".join(re.escape(kind.encode()) for kind in _BEGINS + _ENDS)
)
"""In the bytes of an event: it is to be looked at. Group 1: it has words; 2: it is about an item.

A quote in a text is written with a backslash, so that no text is taken for a type.
"""


class StreamedResponse:
    """A stream. Its last event is held back until `release`, by when it is known whether it could be kept."""

    def __init__(self, told: Told) -> None:
        self.response: msgspec.Raw | None = None
        """The whole answer, once it has ended."""
        self._told = told
        self._cutter = Cutter()
        self._pieces = Pieces()
        self._begun: msgspec.Raw | None = None
        self._held: list[bytes] = []
        """The last event, and what has come behind it."""
        self._over = False

    def feed(self, data: bytes) -> bytes:
        """What the client is sent for the next bytes, cut anywhere."""
        if self._over:
            return data
        if self._held:
            self._held.append(data)
            return b""
        sent: list[bytes] = []
        for event in self._cutter.feed(data):
            if self._held:
                self._held.append(event)
            else:
                sent.append(self._taken(event))
        if self._cutter.overflows:
            self._over = True
            sent.append(self._cutter.rest())
        return b"".join(sent)

    def release(self, told: Told) -> bytes:
        """The last event and what has come behind it; `told` goes into the answer, over what it was told."""
        assert self.response is not None
        (last, *behind), self._held, self._over = self._held, [], True
        if told:
            self.response = with_members(self.response, told)
        return b"".join((_with_response(last, self.response), *behind, self._cutter.rest()))

    def close(self) -> bytes:
        """The rest of a stream that has come to its end."""
        return self._cutter.rest()

    def partial(self) -> msgspec.Raw | None:
        """The answer as far as it has come, of one that broke off; ``None``: it says nothing yet."""
        output = self._pieces.output()
        if self._begun is None or not output:
            return None
        return with_members(self._begun, {"status": written("incomplete"), "output": written(output)})

    def _taken(self, event: bytes) -> bytes:
        """What the client is sent of an event now."""
        found = _KIND.search(event)
        if found is None:
            return event
        if found[1]:
            self._pieces.add_words(event)
            return event
        with suppress(msgspec.DecodeError, KeyError):
            if not found[2]:
                return self._whole(event)
            self._pieces.add_item(event)
        return event

    def _whole(self, event: bytes) -> bytes:
        """An event with the whole ``response``; of the last one, nothing is sent yet."""
        told = members(data_of(event))
        kind, response = read(told["type"]), with_members(told["response"], self._told)
        if kind in _BEGINS:
            self._begun = response
            return _with_response(event, response)
        if kind not in _ENDS:
            return event
        self.response = self._pieces.completed(response)
        self._held.append(event)
        return b""


def _with_response(event: bytes, response: msgspec.Raw) -> bytes:
    return with_data(event, bytes(with_members(data_of(event), {"response": response})))


def whole_response(body: bytes, told: Told) -> msgspec.Raw | None:
    """A whole answer with what it is `told`; ``None``: it is none, or cannot be read."""
    try:
        if "id" not in members(body):
            return None
        output_of(msgspec.Raw(body))
        return with_members(body, told)
    except (msgspec.DecodeError, RecursionError):
        return None
