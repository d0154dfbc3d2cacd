"""What of a conversation fits into a router model's prompt. Tokens are estimated at four bytes each."""

from collections.abc import Sequence
from typing import Final

from extproc.routers.candidate import Turn

BYTES_PER_TOKEN: Final = 4
_TURN_BYTES: Final = 64
"""Of the JSON around a turn's text in the prompt."""
_MARKER: Final = "…"
_MARKER_BYTES: Final = len(_MARKER.encode())
_HEAD_PERCENT: Final = 60


def fitting(turns: Sequence[Turn], bytes_max: int) -> list[Turn]:
    """The newest of `turns` that have room, oldest first; never none of them.

    Of a user's turn that has no room, the beginning and the end are kept: a long paste is often followed, or
    led in, by what is wanted of it.
    """
    kept: list[Turn] = []
    left = bytes_max
    for turn in reversed(turns):
        left -= _TURN_BYTES
        if longer(turn.text, left):
            if not kept or (turn.role == "user" and left > 0):
                kept.append(Turn(turn.role, trimmed(turn.text, max(left, 1))))
            break
        kept.append(turn)
        left -= len(turn.text.encode(errors="replace"))
    return kept[::-1]


def trimmed(text: str, bytes_max: int) -> str:
    """`text` if its UTF-8 has at most `bytes_max` bytes, else what fits of its beginning and its end."""
    if not longer(text, bytes_max):
        return text
    if bytes_max <= _MARKER_BYTES:
        return _head(text, bytes_max)
    room = bytes_max - _MARKER_BYTES
    head = room * _HEAD_PERCENT // 100
    return _head(text, head) + _MARKER + _tail(text, room - head)


def longer(text: str, bytes_max: int) -> bool:
    """Whether the UTF-8 of `text` has more than `bytes_max` bytes; costs nothing where that is plain."""
    return len(text) > bytes_max or len(text.encode(errors="replace")) > bytes_max


def _head(text: str, bytes_max: int) -> str:
    # A character has at least one byte.
    return text[:bytes_max].encode(errors="replace")[:bytes_max].decode(errors="ignore")


def _tail(text: str, bytes_max: int) -> str:
    if not bytes_max:
        return ""
    return text[-bytes_max:].encode(errors="replace")[-bytes_max:].decode(errors="ignore")
