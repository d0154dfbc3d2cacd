"""Header blocks put together from HEADERS and the CONTINUATIONs behind it. RFC 9113 §4.3, §6.10."""

from extproc.limits import CONTINUATIONS_MAX, HEADER_BLOCK_BYTES_MAX
from extproc.serving.http2.faults import ConnectionFault, ErrorCode


class Block:
    """A header block whose end is still to come; no other frame may come before that."""

    __slots__ = ("_parts", "_size", "ends_stream", "stream_id")

    def __init__(self, stream_id: int, first: bytes, *, ends_stream: bool) -> None:
        self.stream_id = stream_id
        self.ends_stream = ends_stream
        self._parts: list[bytes] = []
        self._size = 0
        self.add(first)

    def add(self, part: bytes) -> None:
        """Raises `ConnectionFault` when it grows too long, in bytes or in parts."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > HEADER_BLOCK_BYTES_MAX or len(self._parts) > CONTINUATIONS_MAX:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "a header block that does not end")

    def whole(self) -> bytes:
        """All of it, once its end has come."""
        return b"".join(self._parts)
