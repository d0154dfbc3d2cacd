"""Server-sent events (WHATWG HTML §9.2): bytes cut anywhere to events, and events to bytes.

A line ends with LF, CRLF or CR; a blank line ends an event; a line that starts with a colon is a comment.
``id`` and ``retry`` mean something to a browser that reconnects and nothing to us, so they are skipped.
"""

from typing import Final

import msgspec

from extproc import limits

_BOM: Final = b"\xef\xbb\xbf"


class SseError(ValueError):
    """The stream is not one of events: something in it grows over `limits.SSE_EVENT_BYTES_MAX`."""


class SseEvent(msgspec.Struct, frozen=True, gc=False):
    """One event."""

    data: bytes
    """The ``data`` lines joined by LF, as they came (UTF-8 is not checked)."""
    event: str = ""
    """Its ``event`` field; ``""``: not said (the standard's ``message``)."""


class SseDecoder:
    """Feed it bytes as they come; after an `SseError` it is of no more use."""

    def __init__(self, event_bytes_max: int = limits.SSE_EVENT_BYTES_MAX) -> None:
        self._event_bytes_max = event_bytes_max
        self._line: list[bytes] = []  # pieces of the line that has no end yet
        self._line_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._event = ""
        self._skip_lf = False  # the last piece ended in CR: an LF that follows belongs to it
        self._first = True
        self._error: SseError | None = None

    def feed(self, data: bytes) -> list[SseEvent]:
        """The events that end in `data`.

        Raises `SseError`, but not before the events that came before it are given: then the next call does.
        """
        self._raise()
        events: list[SseEvent] = []
        lines = self._split(data)
        if len(lines) > 1:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line, self._line_bytes = [], 0
            self._take(lines[:-1], events)
        if lines:
            self._keep(lines[-1])
        if not events:
            self._raise()
        return events

    def close(self) -> list[SseEvent]:
        """The event that the stream's end cut off from its blank line, if any.

        The standard drops it; some providers leave out the last line end, and what they said is whole.
        Raises `SseError` if `feed` had still to.
        """
        self._raise()
        events: list[SseEvent] = []
        rest = b"".join(self._line)
        self._line, self._line_bytes = [], 0
        self._take([rest, b""], events)
        return events

    def _split(self, data: bytes) -> list[bytes]:
        """The lines of `data`; the last one has no end yet."""
        if self._skip_lf and data:
            self._skip_lf = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._skip_lf = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data.split(b"\n") if data else []

    def _take(self, lines: list[bytes], events: list[SseEvent]) -> None:
        """Adds the events that end in these whole lines."""
        if self._first:
            self._first = False
            lines[0] = lines[0].removeprefix(_BOM)
        for line in lines:
            if self._is_too_large(len(line)):
                return
            if not line:
                if self._data:
                    events.append(SseEvent(b"\n".join(self._data), self._event))
                self._data, self._data_bytes, self._event = [], 0, ""
            elif line.startswith(b"data:"):
                self._add(line[6:] if line.startswith(b"data: ") else line[5:])
            else:
                self._field(line)

    def _field(self, line: bytes) -> None:
        """A line other than ``data:…``."""
        name, _, value = line.partition(b":")
        if name == b"event":
            self._event = value.removeprefix(b" ").decode("utf-8", "replace")
        elif name == b"data":
            self._add(b"")

    def _add(self, data: bytes) -> None:
        self._data.append(data)
        self._data_bytes += len(data) + 1

    def _keep(self, piece: bytes) -> None:
        """The beginning of a line, or more of it."""
        if piece:
            self._line.append(piece)
            self._line_bytes += len(piece)
            self._is_too_large(self._line_bytes)

    def _is_too_large(self, line_bytes: int) -> bool:
        if line_bytes + self._data_bytes > self._event_bytes_max:
            self._error = SseError(f"An event of the stream is larger than {self._event_bytes_max} bytes.")
            self._line, self._data = [], []
        return self._error is not None

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error


def encode(data: bytes, event: str | None = None) -> bytes:
    """One event: ``event: …`` if it has a name, ``data: …`` for each line of `data`, a blank line."""
    if b"\n" in data or b"\r" in data:
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        data = lines.replace(b"\n", b"\ndata: ")
    if event is None:
        return b"data: " + data + b"\n\n"
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"
