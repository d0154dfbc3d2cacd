"""FNV-1a with 64 bits over fields of text, as Plano's keys are made: http://www.isthe.com/chongo/tech/comp/fnv.

The hash takes one byte after the other, which costs Python 60 ns each: 6 ms for a system prompt of 100 KB. So
what a field made of the hash before it is remembered, by the field's SHA-256; and a field longer than
`HASHED_FIELD_BYTES_MAX` takes part by its SHA-256, in hexadecimal. Up to that length keys are Plano's.
"""

import hashlib
from typing import Final

from extproc.limits import HASHED_FIELD_BYTES_MAX, HASHED_FIELDS_KEPT

OFFSET_BASIS: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3
_MASK: Final = (1 << 64) - 1
_END: Final = b"\x1f"
"""Follows each field: ``ab``, ``c`` is not ``a``, ``bc``."""
_REMEMBERED_FROM: Final = 48
"""Bytes; fewer are hashed before they could be looked up."""

_after: dict[tuple[int, bytes], int] = {}


def with_bytes(state: int, data: bytes) -> int:
    """The hash `state` after `data` too."""
    # Taken by fours: the mask need not follow each byte, since only the low bits meet the next one.
    whole = len(data) & ~3
    taken = iter(data[:whole])
    for first, second, third, fourth in zip(taken, taken, taken, taken, strict=True):
        state = (
            (((((((state ^ first) * _PRIME) ^ second) * _PRIME) ^ third) * _PRIME) ^ fourth) * _PRIME
        ) & _MASK
    for byte in data[whole:]:
        state = ((state ^ byte) * _PRIME) & _MASK
    return state


def with_field(state: int, text: str) -> int:
    """The hash `state` after the field `text` and its end. Any thread may call."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) < _REMEMBERED_FROM:
        return with_bytes(state, data + _END)
    digest = hashlib.sha256(data)
    key = state, digest.digest()
    if (known := _after.get(key)) is not None:
        return known
    told = data if len(data) <= HASHED_FIELD_BYTES_MAX else digest.hexdigest().encode()
    if len(_after) >= HASHED_FIELDS_KEPT:
        _after.clear()
    _after[key] = state = with_bytes(state, told + _END)
    return state
