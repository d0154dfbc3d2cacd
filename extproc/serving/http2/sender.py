"""What goes to the peer: control frames at once, messages as far as its windows and its reading allow."""

import asyncio
from typing import Final, Protocol

from extproc.limits import UNREAD_CONTROL_BYTES_MAX, WRITE_BUFFER_BYTES
from extproc.serving.http2 import frames
from extproc.serving.http2.faults import ConnectionFault, ErrorCode, StreamFault
from extproc.serving.http2.messages import PREFIX_BYTES, prefixed
from extproc.serving.http2.payloads import WINDOW_BYTES_MAX
from extproc.serving.http2.responses import NO_TABLE

INITIAL_WINDOW_BYTES: Final = 65_535
"""RFC 9113 §6.9.2."""


class Outlet(Protocol):
    """A stream, as the sender sees it."""

    id: int
    send_window: int
    unsent: memoryview | None
    """The rest of a message that does not go out yet."""

    def sent(self) -> None:
        """`unsent` has become ``None``."""


class Sender:
    """The writing half of one connection.

    uvloop gathers the writes of one turn of the loop into one system call, so nothing is gathered here.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._window = INITIAL_WINDOW_BYTES
        self._table_forbidden = False
        self._blocked: dict[int, Outlet] = {}
        self._wider = False
        self._paused = False
        self.initial_window = INITIAL_WINDOW_BYTES
        """What the peer gives each new stream."""
        self._unread = 0
        """Bytes of control frames since the peer stopped to read."""

    def write(self, data: bytes) -> None:
        """Frames that no window holds back."""
        if self._transport.is_closing():
            return
        if self._paused:
            self._unread += len(data)
        self._transport.write(data)

    def headers(self, stream_id: int, block: bytes, flags: int = 0) -> bytes:
        """A HEADERS frame with a block of `responses`, to be written next."""
        if not self._table_forbidden:
            self._table_forbidden = True
            block = NO_TABLE + block
        return frames.frame(frames.HEADERS, frames.END_HEADERS | flags, stream_id, block)

    def message(self, outlet: Outlet, message: bytes, before: bytes) -> None:
        """`before`, then a message on a stream with nothing unsent; what must wait becomes its `unsent`."""
        size = PREFIX_BYTES + len(message)
        room = min(frames.PAYLOAD_BYTES_MAX, self._window, outlet.send_window)
        if size <= room and not self._paused:
            self._window -= size
            outlet.send_window -= size
            head = frames.head(size, frames.DATA, 0, outlet.id)
            self.write(before + head + prefixed(message))
            return
        if before:
            self.write(before)
        outlet.unsent = memoryview(prefixed(message))
        self._pump(outlet)

    def widen(self, increment: int) -> None:
        """The peer allows the connection more."""
        self._window += increment
        self._wider = True
        if self._window > WINDOW_BYTES_MAX:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window is too wide")

    def widen_stream(self, outlet: Outlet, increment: int) -> None:
        """The peer allows a stream more."""
        outlet.send_window += increment
        self._wider = True
        if outlet.send_window > WINDOW_BYTES_MAX:
            raise StreamFault(ErrorCode.FLOW_CONTROL_ERROR, "the stream's window is too wide")

    def drop(self, outlet: Outlet) -> None:
        """The stream is closed: what it had unsent stays so."""
        self._blocked.pop(outlet.id, None)

    def pause(self) -> None:
        """The peer does not read what we send."""
        self._paused = True

    def resume(self) -> None:
        """It does again."""
        self._paused = False
        self._unread = 0
        self._wider = True
        self._pump_all()

    def after_read(self) -> None:
        """Send what the frames of one read have made way for; once, however many they were."""
        self._pump_all()
        if self._unread > UNREAD_CONTROL_BYTES_MAX:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "our answers are not read")

    def _pump_all(self) -> None:
        """The longest waiting first."""
        if not self._wider:
            return
        self._wider = False
        for outlet in tuple(self._blocked.values()):
            if self._window <= 0 or self._paused:
                return
            self._pump(outlet)

    def _pump(self, outlet: Outlet) -> None:
        while outlet.unsent and not self._paused and (data := self._frames(outlet)):
            self._transport.write(data)
        if outlet.unsent:
            self._blocked[outlet.id] = outlet
            return
        outlet.unsent = None
        self._blocked.pop(outlet.id, None)
        outlet.sent()

    def _frames(self, outlet: Outlet) -> bytes:
        """DATA of what is unsent: what the windows allow, and not more than the transport should hold."""
        assert outlet.unsent is not None
        room = min(len(outlet.unsent), self._window, outlet.send_window, WRITE_BUFFER_BYTES)
        if room <= 0:
            return b""
        pieces: list[bytes | memoryview] = []
        for begin in range(0, room, frames.PAYLOAD_BYTES_MAX):
            piece = outlet.unsent[begin : min(begin + frames.PAYLOAD_BYTES_MAX, room)]
            pieces += (frames.head(len(piece), frames.DATA, 0, outlet.id), piece)
        outlet.unsent = outlet.unsent[room:]
        self._window -= room
        outlet.send_window -= room
        return b"".join(pieces)
