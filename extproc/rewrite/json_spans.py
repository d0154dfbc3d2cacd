"""Where the values of a JSON document stand in it, so that something can be put in beside them.

msgspec tells in C what a document holds, and gives each value's text; the places follow from their lengths.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

_SPACE: Final = rb"[ \t\n\r]*+"
_KEY: Final = re.compile(
    rb'%b[{,]%b"[^"\\]*+(?:\\.[^"\\]*+)*+"%b:%b' % (_SPACE, _SPACE, _SPACE, _SPACE), re.DOTALL
)
_ITEM: Final = re.compile(rb"%b[\[,]%b" % (_SPACE, _SPACE))
_END: Final = re.compile(rb"%b}" % _SPACE)
_BLANKS: Final = b" \t\n\r"

_object: Final[Callable[[memoryview], dict[str, msgspec.Raw]]] = msgspec.json.Decoder(
    dict[str, msgspec.Raw]
).decode
_array: Final[Callable[[memoryview], list[msgspec.Raw]]] = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Span(NamedTuple):
    """A value: from its first byte to behind its last."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start


def members(document: bytes, span: Span) -> dict[str, Span]:
    """The members of the object at `span`. One that has a key twice has none: who knows which of them counts.

    Raises `msgspec.DecodeError` for what is no object.
    """
    found: dict[str, Span] = {}
    position = span.start
    for name, value in _object(memoryview(document)[span.start : span.end]).items():
        key = _KEY.match(document, position)
        text = bytes(value)
        if key is None or not document.startswith(text, key.end()):
            return {}
        position = key.end() + len(text)
        found[name] = Span(key.end(), position)
    return found if not found or _END.match(document, position) else {}


def items(document: bytes, span: Span) -> Iterator[Span]:
    """The items of the array at `span`, one after the other; raises as `members`."""
    position = span.start
    for value in _array(memoryview(document)[span.start : span.end]):
        before = _ITEM.match(document, position)
        assert before
        position = before.end() + len(memoryview(value))
        yield Span(before.end(), position)


def last_item(document: bytes, span: Span) -> tuple[int, Span | None]:
    """How many items the array at `span` has, and the last one; raises as `members`."""
    values = _array(memoryview(document)[span.start : span.end])
    if not values:
        return 0, None
    end = span.end - 1
    while document[end - 1] in _BLANKS:
        end -= 1
    return len(values), Span(end - len(memoryview(values[-1])), end)
