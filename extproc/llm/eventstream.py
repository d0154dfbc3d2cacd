"""``application/vnd.amazon.eventstream``: frames of headers and a payload, as Bedrock streams its answers.

    total length  4 bytes ┐
    headers length 4      ├ prelude (big-endian, as everything)
    CRC of the two 4      ┘
    headers               name length 1, name, type 1, value
    payload
    CRC of all before  4

CRCs are CRC-32 as zlib computes it.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from extproc import limits

HeaderValue = bool | int | bytes | str
"""A timestamp is its milliseconds, a UUID its 16 bytes."""

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_OVERHEAD: Final = _PRELUDE.size + _CRC.size
_TEXT: Final = 7
_BYTES: Final = 6


class EventStreamError(ValueError):
    """The bytes are no frame: a checksum or a length is wrong."""


class Frame(NamedTuple):
    """One message of the stream."""

    headers: dict[str, HeaderValue]
    payload: bytes


class FrameDecoder:
    """Feed it bytes as they come; after an `EventStreamError` it is of no more use."""

    def __init__(self, frame_bytes_max: int = limits.EVENT_STREAM_FRAME_BYTES_MAX) -> None:
        self._frame_bytes_max = frame_bytes_max
        self._buffer = bytearray()
        self._needed = _PRELUDE.size
        self._error: EventStreamError | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that end in `data`.

        Raises `EventStreamError`; whole frames before the broken one are given first, and the error with the
        next call, so that it makes no difference how the bytes are cut.
        """
        if self._error is not None:
            raise self._error
        self._buffer += data
        if len(self._buffer) < self._needed:
            return []
        frames: list[Frame] = []
        whole, start = bytes(self._buffer), 0
        try:
            while (total := self._length(whole, start)) is not None and start + total <= len(whole):
                frames.append(_frame(whole[start : start + total]))
                start += total
        except EventStreamError as error:
            if not frames:
                raise
            self._error = error
            return frames
        self._needed = _PRELUDE.size if total is None else total
        del self._buffer[:start]
        return frames

    def close(self) -> None:
        """The stream's end. Raises `EventStreamError` if it cut a frame off."""
        if self._error is not None:
            raise self._error
        if self._buffer:
            raise EventStreamError("The stream ended inside a frame.")

    def _length(self, data: bytes, start: int) -> int | None:
        """Bytes of the frame that starts at `start`; ``None``: its prelude is not here yet."""
        if start + _PRELUDE.size > len(data):
            return None
        total, headers, crc = _PRELUDE.unpack_from(data, start)
        if zlib.crc32(data[start : start + 8]) != crc:
            raise EventStreamError("The checksum of a frame's prelude is wrong.")
        if total > self._frame_bytes_max:
            raise EventStreamError(f"A frame is larger than {self._frame_bytes_max} bytes.")
        if total < _OVERHEAD + headers:
            raise EventStreamError("A frame is shorter than its headers.")
        return int(total)


def _frame(data: bytes) -> Frame:
    (crc,) = _CRC.unpack_from(data, len(data) - _CRC.size)
    if zlib.crc32(data[: -_CRC.size]) != crc:
        raise EventStreamError("The checksum of a frame is wrong.")
    headers_end = _PRELUDE.size + _PRELUDE.unpack_from(data)[1]
    return Frame(_headers(data[_PRELUDE.size : headers_end]), data[headers_end : -_CRC.size])


def _headers(data: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    at = 0
    try:
        while at < len(data):
            name_end = at + 1 + data[at]
            name = data[at + 1 : name_end].decode()
            headers[name], at = _value(data, name_end)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise EventStreamError("A frame's headers are malformed.") from error
    return headers


_FIXED: Final[Mapping[int, tuple[int, Callable[[bytes], HeaderValue]]]] = {
    0: (0, lambda _: True),
    1: (0, lambda _: False),
    2: (1, lambda raw: int.from_bytes(raw, signed=True)),
    3: (2, lambda raw: int.from_bytes(raw, signed=True)),
    4: (4, lambda raw: int.from_bytes(raw, signed=True)),
    5: (8, lambda raw: int.from_bytes(raw, signed=True)),
    8: (8, lambda raw: int.from_bytes(raw, signed=True)),
    9: (16, bytes),
}
"""Types of a fixed size: true, false, byte, short, integer, long, timestamp, UUID."""


def _value(data: bytes, at: int) -> tuple[HeaderValue, int]:
    """The header's value whose type stands at `at`, and where it ends."""
    kind = data[at]
    if kind in (_TEXT, _BYTES):
        (size,) = struct.unpack_from(">H", data, at + 1)
        raw, end = data[at + 3 : at + 3 + size], at + 3 + size
        value: HeaderValue = raw.decode() if kind == _TEXT else raw
    elif kind in _FIXED:
        size, convert = _FIXED[kind]
        raw, end = data[at + 1 : at + 1 + size], at + 1 + size
        value = convert(raw)
    else:
        raise EventStreamError(f"A frame has a header of the unknown type {kind}.")
    if len(raw) != size:
        raise EventStreamError("A frame's headers are cut off.")
    return value, end


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame; all headers are strings, as Bedrock's are."""
    head = b"".join(_encode_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = struct.pack(">II", _OVERHEAD + len(head) + len(payload), len(head))
    frame = lengths + _CRC.pack(zlib.crc32(lengths)) + head + payload
    return frame + _CRC.pack(zlib.crc32(frame))


def _encode_header(name: bytes, value: bytes) -> bytes:
    return bytes((len(name),)) + name + bytes((_TEXT,)) + len(value).to_bytes(2) + value
