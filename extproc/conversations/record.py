"""What is kept of one answer: all that is needed to show it, and to go on from it."""

from collections.abc import Sequence
from typing import Final

import msgspec

from extproc.conversations.items import lasting, named, output_of
from extproc.limits import RESPONSE_BYTES_MAX, RESPONSE_ITEMS_MAX


class Record(msgspec.Struct, frozen=True, gc=False):
    """One answer and the conversation up to it."""

    response: msgspec.Raw
    """The ``response`` object as the client was given it."""
    input: list[msgspec.Raw]
    """Its input items: those of the earlier turns and their answers, then its own."""
    version: int = 1
    """Of this form: what a later one cannot read counts as gone."""

    def history(self) -> list[msgspec.Raw]:
        """What the next turn begins with."""
        return [*self.input, *lasting(output_of(self.response))]


_decode: Final = msgspec.json.Decoder(Record).decode
_encode: Final = msgspec.json.Encoder().encode


def encoded(response: msgspec.Raw, response_id: str, given: Sequence[msgspec.Raw]) -> bytes | None:
    """The record of `response` to the items `given`, to be kept; ``None``: it is too long for that."""
    if len(given) > RESPONSE_ITEMS_MAX:
        return None
    value = _encode(Record(response, named(given, response_id)))
    return value if len(value) <= RESPONSE_BYTES_MAX else None


def decoded(value: bytes) -> Record | None:
    """The record; ``None``: it is not one, or of another version."""
    try:
        record = _decode(value)
    except msgspec.DecodeError:
        return None
    return record if record.version == 1 else None
