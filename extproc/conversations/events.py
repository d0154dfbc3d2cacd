"""A stream of events, cut into the bytes of each: what is not looked at passes exactly as it came."""

import re
from typing import Final

from extproc.limits import ANSWER_BYTES_MAX

# A CR and the LF behind it are one line end, and are not to be taken for two.
_BLANK_LINE: Final = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_DATA: Final = re.compile(rb"^data:[ ]?([^\r\n]*)", re.MULTILINE)
_LONGEST_END: Final = 4


class Cutter:
    """Is fed bytes cut anywhere."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The events that are now whole, each with the blank line that ends it."""
        self._held += data
        events: list[bytes] = []
        start = 0
        while end := _BLANK_LINE.search(self._held, max(start, self._searched)):
            events.append(bytes(self._held[start : end.end()]))
            start = self._searched = end.end()
        del self._held[:start]
        self._searched = max(0, len(self._held) - _LONGEST_END)
        return events

    @property
    def overflows(self) -> bool:
        """Whether an event has become longer than any answer may be."""
        return len(self._held) > ANSWER_BYTES_MAX

    def rest(self) -> bytes:
        """What came behind the last whole event."""
        rest = bytes(self._held)
        self._held.clear()
        self._searched = 0
        return rest


def data_of(event: bytes) -> bytes:
    """The data of an event, as its reader gets it."""
    return b"\n".join(_DATA.findall(event))


def with_data(event: bytes, data: bytes) -> bytes:
    """`event` with other data, of one line."""
    lines = list(_DATA.finditer(event))
    first, last = lines[0], lines[-1]
    return event[: first.start(1)] + data + event[last.end(1) :]
