"""JSON objects and arrays whose values stay as they are written: what is not looked at is not changed."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

Members = dict[str, msgspec.Raw]
"""An object: values by name, in its order."""

_object: Final = msgspec.json.Decoder(Members).decode
_array: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_any: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


def members(document: bytes | msgspec.Raw) -> Members:
    """The members of an object; raises `msgspec.DecodeError` for anything else."""
    return _object(document)


def items(document: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The items of an array; raises `msgspec.DecodeError` for anything else."""
    return _array(document)


def written(value: object) -> msgspec.Raw:
    """`value`, which may hold values that are written already."""
    return msgspec.Raw(_encode(value))


def read(document: msgspec.Raw | None) -> Any:
    """What is written there; ``None`` where nothing is. Raises `msgspec.DecodeError`."""
    return None if document is None else _any(document)


def with_members(document: bytes | msgspec.Raw, told: Mapping[str, msgspec.Raw]) -> msgspec.Raw:
    """An object with the values of `told` in place of its own; raises as `members`."""
    return written(members(document) | dict(told))
