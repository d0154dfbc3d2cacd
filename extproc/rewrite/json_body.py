"""The model's name in a JSON body: found exactly, replaced alone. Not one other byte changes.

Parsed and written again, a body loses what the client meant (``1.0``, ``1e999``, key order, escapes). So
it is checked as a whole in C, and then walked along its top level to the place where ``model`` stands. Two
things make the walk short: the check also gives the raw text of members that may be large, which are leapt
over, and one regular expression takes many small members at a time.

The walk is exact where a search for ``"model"`` is not: it tells nested keys from the one that counts, reads
a key written with escapes (``"mod\\u0065l"``), and sees duplicates, of which a provider might read another
than we do.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from extproc.errors import InvalidRequest
from extproc.rewrite.json_check import ABSENT, LARGE, OFTEN_NESTED, members_of
from extproc.rewrite.located import Located

LEAPT: Final = {name.encode(): name for name in (*LARGE, *OFTEN_NESTED)}
_STREAM: Final = {b"true": True, b"false": False}
_CLOSED: Final = (b'"', b"]", b"}")
_DEPTH: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}

SPACE: Final = rb"[ \t\n\r]*+"
CHARS: Final = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_SCALAR: Final = rb'(?:"%b"|[-+.\w]++)' % CHARS
_SMALL_KEY: Final = rb'"(?!(?:model|%b)")[^"\\]*+"' % b"|".join(map(str.encode, LARGE))
"""Any key but ``model`` and the large ones; written without escapes, which may hide them."""
_KEY: Final = rb"%b,?%b%%b%b:%b" % ((SPACE,) * 4)
"""A key with what may stand around it."""

OPEN: Final = re.compile(SPACE + rb"\{")
EMPTY: Final = re.compile(SPACE + rb"\}")
SCALAR: Final = re.compile(_SCALAR, re.DOTALL)
TOKEN: Final = re.compile(rb'"%b"|[\[\]{}]' % CHARS, re.DOTALL)
MEMBER: Final = re.compile(
    rb"(?:%b%b){0,64}(?:%b(%b)|%b|%b\})"
    % (_KEY % _SMALL_KEY, _SCALAR, _KEY % b'"model"', _SCALAR, _KEY % (b'"(%b)"' % CHARS), SPACE),
    re.DOTALL,
)
"""Small members, and then: the model's value (group 1), or a key that needs a look (group 2), or the end.

The repeat has a bound because it keeps a state for each round, and is not possessive because such a repeat of
a group goes wrong in Python before 3.11.5 (CPython issue 106052).
"""

_decode_text: Final[Callable[[bytes], str | None]] = msgspec.json.Decoder(str | None).decode
_encode: Final = msgspec.json.Encoder().encode


def model_of(body: bytes) -> Located:
    """Where `body`, a JSON object, names its model.

    Raises `InvalidRequest` for anything but one valid JSON object in UTF-8 that has at most one ``model``,
    a string or null.
    """
    members = members_of(body)
    stream = _STREAM.get(bytes(members.stream))
    preferences = members.routing_preferences is not ABSENT
    continues = members.previous_response_id is not ABSENT
    opening = OPEN.match(body)
    assert opening
    first = opening.end()
    span = _find(body, first, members)
    if span is None:
        after = b"" if EMPTY.match(body, first) else b","
        return Located(None, first, first, b'"model":', after, stream, preferences, continues)
    start, end = span
    return Located(_name(body[start:end]), start, end, b"", b"", stream, preferences, continues)


def with_model(body: bytes, located: Located, model: str) -> bytes:
    """`body` with `model` in the place `located`, which was found in the same body."""
    return located.splice(body, _encode(model))


def _find(body: bytes, position: int, members: object) -> tuple[int, int] | None:
    """Walk a valid object from behind its opening brace: the extent of the value of ``model``."""
    found: tuple[int, int] | None = None
    while True:
        member = MEMBER.match(body, position)
        assert member
        if member.lastindex is None:  # the end of the object
            return found
        position = member.end()
        if member.lastindex == 1:
            span = member.span(1)
        else:
            key, start = member[2], position
            name = LEAPT.get(key)
            position = end_of_value(body, start, bytes(getattr(members, name)) if name else b"")
            if name or not is_key(key, "model"):
                continue
            span = start, position
        if found:
            raise InvalidRequest("The request body has 'model' twice.", param="model")
        found = span


def is_key(written: bytes, key: str) -> bool:
    """Whether a key that is `written` so, between its quotes, is `key`."""
    if b"\\" not in written:
        return written == key.encode()
    try:
        return _decode_text(b'"%b"' % written) == key
    except msgspec.DecodeError:  # half a surrogate pair
        return False


def end_of_value(body: bytes, start: int, leap: bytes) -> int:
    """Where the value at `start` ends; `leap` is its text, or that of a duplicate.

    A text that ends with its own bracket or quote, and stands where a value begins, is the whole value.
    """
    if leap[-1:] in _CLOSED and body.startswith(leap, start):
        return start + len(leap)
    if scalar := SCALAR.match(body, start):
        return scalar.end()
    depth = 0
    for token in TOKEN.finditer(body, start):
        depth += _DEPTH.get(token[0], 0)
        if depth == 0:
            return token.end()
    raise AssertionError


def _name(value: bytes) -> str | None:
    try:
        return _decode_text(value)
    except msgspec.ValidationError:
        raise InvalidRequest("'model' must be a string.", param="model") from None
    except msgspec.DecodeError:  # half a surrogate pair
        raise InvalidRequest("'model' is not valid text.", param="model") from None
