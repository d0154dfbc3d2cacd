"""What is inside a frame's payload, checked as RFC 9113 §6 asks. Pure; raises the faults it names."""

from collections.abc import Iterator
from struct import Struct
from typing import Final

from extproc.serving.http2.faults import ConnectionFault, ErrorCode, StreamFault
from extproc.serving.http2.frames import PADDED, PAYLOAD_BYTES_MAX, PRIORITISED

HEADER_TABLE_SIZE: Final = 0x1
ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6

WINDOW_BYTES_MAX: Final = 2**31 - 1
"""§6.9.1."""

_SETTING: Final = Struct(">HL")
_PRIORITY_BYTES: Final = 5
_FRAME_SIZE_MAX: Final = 2**24 - 1


def settings(payload: bytes) -> Iterator[tuple[int, int]]:
    """(identifier, value) in order; unknown ones too, which are to be ignored."""
    if len(payload) % _SETTING.size:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"SETTINGS of {len(payload)} bytes")
    for identifier, value in _SETTING.iter_unpack(payload):
        if identifier == ENABLE_PUSH and value > 1:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"ENABLE_PUSH {value}")
        if identifier == INITIAL_WINDOW_SIZE and value > WINDOW_BYTES_MAX:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, f"INITIAL_WINDOW_SIZE {value}")
        if identifier == MAX_FRAME_SIZE and not PAYLOAD_BYTES_MAX <= value <= _FRAME_SIZE_MAX:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"MAX_FRAME_SIZE {value}")
        yield identifier, value


def number(payload: bytes, stream_id: int) -> int:
    """The one 32-bit number of RST_STREAM and WINDOW_UPDATE."""
    if len(payload) != 4:
        raise ConnectionFault(
            ErrorCode.FRAME_SIZE_ERROR, f"{len(payload)} bytes on stream {stream_id}, not 4"
        )
    return int.from_bytes(payload, "big")


def increment(payload: bytes, stream_id: int) -> int:
    """Of a WINDOW_UPDATE."""
    value = number(payload, stream_id) & WINDOW_BYTES_MAX
    if value:
        return value
    if stream_id:
        raise StreamFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")
    raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")


def unpadded(flags: int, payload: bytes) -> bytes:
    """The payload of DATA, or of HEADERS before its priority is taken off."""
    if not flags & PADDED:
        return payload
    if not payload:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "no room for the padding's length")
    padding = payload[0]
    if padding >= len(payload):
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "more padding than payload")
    return payload[1 : len(payload) - padding]


def fragment(flags: int, payload: bytes) -> bytes:
    """The part of a header block in HEADERS; its priority is ignored (§5.3.2)."""
    block = unpadded(flags, payload)
    if not flags & PRIORITISED:
        return block
    if len(block) < _PRIORITY_BYTES:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "no room for the priority")
    return block[_PRIORITY_BYTES:]
