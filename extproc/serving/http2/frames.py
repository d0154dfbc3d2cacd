"""HTTP/2 frames: bytes → frames, however the bytes are cut, and frames → bytes. Pure. RFC 9113 §4, §6."""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final

from extproc.serving.http2.faults import ConnectionFault, ErrorCode

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client says first, §3.4."""

DATA: Final = 0x0
HEADERS: Final = 0x1
PRIORITY: Final = 0x2
RST_STREAM: Final = 0x3
SETTINGS: Final = 0x4
PUSH_PROMISE: Final = 0x5
PING: Final = 0x6
GOAWAY: Final = 0x7
WINDOW_UPDATE: Final = 0x8
CONTINUATION: Final = 0x9

ACK: Final = 0x1
END_STREAM: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
PRIORITISED: Final = 0x20

PAYLOAD_BYTES_MAX: Final = 16_384
"""Of a frame, both ways: HTTP/2's default, which every peer must take; ours to take is never raised."""

STREAM_ID_MAX: Final = 2**31 - 1

Frame = tuple[int, int, int, bytes]
"""Type, flags, stream id, payload. A bare tuple: a request is some eight frames."""

_HEAD: Final = Struct(">HBBBL")
HEAD_BYTES: Final = _HEAD.size
_SETTING: Final = Struct(">HL")


class FrameReader:
    """Cuts what a client sends into frames, after its preface."""

    __slots__ = ("_greeted", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._greeted = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes; to be consumed whole before more is fed.

        Raises `ConnectionFault` for what is no HTTP/2 or too long; after that the reader is of no more use.
        """
        if self._rest:
            data = self._rest + data
        position, end = 0, len(data)
        if not self._greeted:
            position = self._greet(data)
        while self._greeted and end - position >= HEAD_BYTES:
            high, low, kind, flags, stream_id = _HEAD.unpack_from(data, position)
            length = high << 8 | low
            if length > PAYLOAD_BYTES_MAX:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {length} bytes")
            begin = position + HEAD_BYTES
            if end - begin < length:
                break
            position = begin + length
            yield kind, flags, stream_id & STREAM_ID_MAX, data[begin:position]
        self._rest = data[position:]

    def _greet(self, data: bytes) -> int:
        """Where the frames begin."""
        if data.startswith(PREFACE):
            self._greeted = True
            return len(PREFACE)
        if not PREFACE.startswith(data):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "no HTTP/2 client preface")
        return 0


def head(length: int, kind: int, flags: int, stream_id: int) -> bytes:
    """The nine bytes before a payload."""
    return _HEAD.pack(length >> 8, length & 0xFF, kind, flags, stream_id)


def frame(kind: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """A whole frame."""
    return head(len(payload), kind, flags, stream_id) + payload


def settings(values: Sequence[tuple[int, int]]) -> bytes:
    """A SETTINGS frame of (identifier, value)."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*pair) for pair in values))


def window_update(stream_id: int, increment: int) -> bytes:
    """Leave to send `increment` bytes more; stream 0 is the connection."""
    return frame(WINDOW_UPDATE, 0, stream_id, increment.to_bytes(4, "big"))


def rst_stream(stream_id: int, code: ErrorCode) -> bytes:
    """The end of a stream, at once."""
    return frame(RST_STREAM, 0, stream_id, code.to_bytes(4, "big"))


def goaway(last_stream_id: int, code: ErrorCode, text: str = "") -> bytes:
    """No stream above `last_stream_id` was or will be served; `text` is for the peer's log."""
    numbers = last_stream_id.to_bytes(4, "big") + code.to_bytes(4, "big")
    return frame(GOAWAY, 0, 0, numbers + text.encode()[:256])
