"""gRPC's length-prefixed messages, out of the DATA they were cut into. Pure."""

from collections import deque
from struct import Struct
from typing import Final

from extproc.serving.http2.faults import CallFailed, Status

_PREFIX: Final = Struct(">BL")
PREFIX_BYTES: Final = _PREFIX.size
MESSAGE_BYTES_MAX: Final = 2**32 - 1


def prefixed(message: bytes) -> bytes:
    """A message as it is sent: not compressed, its length before it."""
    return _PREFIX.pack(0, len(message)) + message


class MessageReader:
    """Puts the messages of one call together."""

    __slots__ = ("_buffer", "_bytes_max", "complete")

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._buffer = bytearray()
        self.complete: deque[bytes] = deque()
        """Messages that nobody has taken yet, the oldest first."""

    @property
    def partial(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """Raises `CallFailed` for a message that is compressed or too long, once its prefix is there."""
        if not self._buffer and len(data) >= PREFIX_BYTES:
            size = self._size(data)
            if PREFIX_BYTES + size == len(data):  # one message in one frame, as nearly always
                self.complete.append(data[PREFIX_BYTES:])
                return
        self._buffer += data
        self._cut()

    def _cut(self) -> None:
        begin = 0
        while len(self._buffer) - begin >= PREFIX_BYTES:
            end = begin + PREFIX_BYTES + self._size(self._buffer, begin)
            if len(self._buffer) < end:
                break
            with memoryview(self._buffer) as view:
                self.complete.append(bytes(view[begin + PREFIX_BYTES : end]))
            begin = end
        del self._buffer[:begin]

    def _size(self, data: bytes | bytearray, position: int = 0) -> int:
        compressed, size = _PREFIX.unpack_from(data, position)
        if compressed:
            raise CallFailed(Status.UNIMPLEMENTED, "compressed messages are not supported")
        if size > self._bytes_max:
            raise CallFailed(
                Status.RESOURCE_EXHAUSTED, f"a message of {size} bytes; {self._bytes_max} are allowed"
            )
        assert isinstance(size, int)
        return size
