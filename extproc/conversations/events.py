"""A stream of events, cut into the bytes of each: what is not looked at passes exactly as it came."""

import re
from typing import Final

from extproc.limits import ANSWER_BYTES_MAX

# A CR and the LF behind it are one line end, and are not to be taken for two.
_BLANK_LINE: Final = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LONGEST_END: Final = 4


class Cutter:
    """Is fed bytes cut anywhere."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The events that are now whole, each with the blank line that ends it."""
        if not self._held and data.endswith(b"\n\n") and b"\r" not in data:
            return [
                event + b"\n\n" for event in data[:-2].split(b"\n\n")
            ]  # the usual case, ten times as fast
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
    return b"\n".join(line[len(_field(line)) :] for line in event.splitlines() if _field(line))


def with_data(event: bytes, data: bytes) -> bytes:
    """`event`, which has data, with other data of one line."""
    lines: list[bytes] = []
    data_line = b""
    for line in event.splitlines(keepends=True):
        if not (field := _field(line)):
            lines.append(line)
        elif not data_line:
            data_line = field + data + line[len(line.rstrip(b"\r\n")) :]
            lines.append(data_line)
    return b"".join(lines)


def _field(line: bytes) -> bytes:
    """What stands before the data in a line of it; nothing in any other line."""
    if line.startswith(b"data: "):
        return b"data: "
    return b"data:" if line.startswith(b"data:") else b""
