"""Width and height of an image, from the first bytes of its file. The formats that the LLM APIs take."""

import binascii
import struct
from collections.abc import Callable
from typing import Final

from extproc.limits import IMAGE_HEAD_CHARS

Size = tuple[int, int]


def size_of(data: str) -> Size | None:
    """Pixels of a base64 PNG, JPEG, GIF or WebP; ``None``: none of those, or damaged."""
    try:
        head = binascii.a2b_base64(data[:IMAGE_HEAD_CHARS])
        return next((read(head) for magic, read in _READERS if head.startswith(magic)), None)
    except (ValueError, struct.error, IndexError):
        return None


def _png(head: bytes) -> Size:
    """ISO/IEC 15948 §11.2.2: IHDR is the first chunk."""
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> Size:
    """GIF89a §18: the logical screen."""
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _jpeg(head: bytes) -> Size | None:
    """ITU-T T.81 §B.2.2: the frame header is behind any number of other segments."""
    at = 2
    while True:
        marker, length = struct.unpack_from(">HH", head, at)
        if marker < _MARKER:
            return None
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 2 + length


_MARKER: Final = 0xFF00
_FRAMES: Final = frozenset(range(0xFFC0, 0xFFD0)) - {0xFFC4, 0xFFC8, 0xFFCC}
"""SOF0 to SOF15; among their numbers are those of three other segments."""


def _webp(head: bytes) -> Size | None:
    """RFC 9649 §2: lossy, lossless, or extended."""
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case _:
            return None


_READERS: Final[tuple[tuple[bytes, Callable[[bytes], Size | None]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF8", _gif),
    (b"RIFF", _webp),
)
