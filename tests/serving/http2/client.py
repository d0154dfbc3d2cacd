"""A raw client on a connection without a socket: what is written to it is there at once."""

import asyncio

import hpack

from extproc.serving.http2 import frames
from extproc.serving.http2.calls import Calls, Handler
from extproc.serving.http2.connection import Connection
from extproc.serving.http2.faults import ErrorCode
from extproc.serving.http2.frames import Frame, FrameReader

PATH = b"/test.Service/Method"
REQUEST = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", PATH.decode()),
    (":authority", "test"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
]
GREETING = frames.PREFACE + frames.settings([])
ACKNOWLEDGEMENT = frames.frame(frames.SETTINGS, frames.ACK, 0)
MESSAGE_BYTES_MAX = 4 << 20


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closing
        self.written += data

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = self.aborted = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Client:
    """One connection to a server with one method; to be made in a running loop."""

    def __init__(self, handler: Handler, *, greet: bool = True) -> None:
        self.calls = Calls({PATH: handler}, lambda: MESSAGE_BYTES_MAX)
        self.transport = Transport()
        self.connection = Connection(self.calls, set())
        self.connection.connection_made(self.transport)
        self._encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self._reader = FrameReader()
        list(self._reader.feed(frames.PREFACE))
        if greet:
            self.send(GREETING)
            self.received()

    def send(self, data: bytes) -> None:
        self.connection.data_received(data)

    def received(self) -> list[Frame]:
        """The frames that have come since the last call."""
        written, self.transport.written = self.transport.written, b""
        return list(self._reader.feed(written))

    def block(self, fields: list[tuple[str, str]] | None = None) -> bytes:
        return self._encoder.encode(REQUEST if fields is None else fields)

    def call(self, stream_id: int, data: bytes | None = None, *, end: bool = False) -> None:
        """HEADERS, and DATA if there is any."""
        flags = frames.END_HEADERS | (frames.END_STREAM if end and data is None else 0)
        self.send(frames.frame(frames.HEADERS, flags, stream_id, self.block()))
        if data is not None:
            self.data(stream_id, data, end=end)

    def data(self, stream_id: int, data: bytes, *, end: bool = False) -> None:
        """As many DATA frames as it takes."""
        pieces = [
            data[at : at + frames.PAYLOAD_BYTES_MAX] for at in range(0, len(data), frames.PAYLOAD_BYTES_MAX)
        ]
        for number, piece in enumerate(pieces or [b""], 1):
            last = frames.END_STREAM if end and number >= len(pieces) else 0
            self.send(frames.frame(frames.DATA, last, stream_id, piece))

    def fields(self, frame: Frame) -> dict[str, str]:
        """Of a HEADERS frame; each must be read, in order."""
        assert frames.HEADERS == frame[0]
        return {str(name): str(value) for name, value in self.decoder.decode(frame[3])}

    def goaway(self) -> ErrorCode | None:
        """The code the connection was ended with."""
        codes = [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in self.received() if kind == 7]
        return ErrorCode(codes[-1]) if codes else None


async def settle(turns: int = 5) -> None:
    """Let the loop run what is ready."""
    for _ in range(turns):
        await asyncio.sleep(0)


def kinds(received: list[Frame]) -> list[int]:
    return [kind for kind, *_ in received]


def total(received: list[Frame], kind: int = frames.DATA) -> int:
    """Bytes of payload in the frames of a kind."""
    return sum(len(frame[3]) for frame in received if frame[0] == kind)
