"""Whether a tool's result is an error, and which part of it says so.

A result that tells about errors is none: search hits, logs, source code, tables and status reports are full
of their words. It counts when its form says that this call failed (`shapes`): a member ``error``, a status,
the first words of a line, or that it is so short that it can be nothing else.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from extproc import limits
from extproc.signals import shapes

READ_CHARS: Final = 500
"""Of a plain result this much is read, and as much of its end: where errors stand."""

_SHORT_CHARS: Final = 240
_PLAIN_LINES: Final = 3
_DEPTH_MAX: Final = 6
_ITEMS_MAX: Final = 20
_MEMBERS_MAX: Final = 3


class Outcome(NamedTuple):
    """How a call went."""

    error: str = ""
    """What the error says; ``""``: there is none."""
    sure: bool = False
    """The form says that it is an error; otherwise only a plain phrase may (`verdict`)."""
    empty: bool = False
    """Nothing came: no error, but nothing gained either."""


def outcome(text: str, tool: str, *, failed: bool) -> Outcome:
    """That of a tool's result; `failed`: the API says that it is an error."""
    text = text.strip()
    if shapes.EMPTY.fullmatch(text[:40]):
        return Outcome("error" if failed else "", sure=failed, empty=not failed)
    value = _parsed(text)
    if isinstance(value, dict):
        return _of_object(value, failed=failed)
    if isinstance(value, list):
        return Outcome(" ".join(_strings(value))[:READ_CHARS], sure=True) if failed else Outcome()
    return _of_text(text, tool, failed=failed)


def _parsed(text: str) -> Any:
    """`text` as JSON; ``None``: it is none, or too long to be an error."""
    if text[0] not in "[{" or len(text) > limits.RESULT_PARSED_CHARS_MAX:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _of_object(value: dict[str, Any], *, failed: bool) -> Outcome:
    if failed or _is_error(value):
        return Outcome(" ".join(dict.fromkeys(_told(value)))[:READ_CHARS] or "error", sure=True)
    rows = [inner for inner in value.values() if isinstance(inner, list | dict)]
    return Outcome(empty=bool(rows) and not any(rows) and len(value) <= _MEMBERS_MAX)


def _told(value: dict[str, Any]) -> Iterator[str]:
    """What an object that is an error says: members that are about the error, and short texts."""
    for key, inner in value.items():
        low = key.lower()
        if "err" in low or low in shapes.MESSAGE_KEYS:
            yield from _strings(inner)
        elif isinstance(inner, str) and len(inner) <= _SHORT_CHARS:
            yield inner


def _is_error(value: dict[str, Any]) -> bool:
    low = {key.lower(): inner for key, inner in value.items()}
    told = bool(low.keys() & {"message", "msg", "error", "error_msg", "mensaje", "mensagem"})
    return any(_says_error(key, inner, told=told) for key, inner in low.items())


def _says_error(key: str, inner: Any, *, told: bool) -> bool:
    """Whether one member says that the object is an error; `told`: there is a message beside it."""
    number = isinstance(inner, int | float) and not isinstance(inner, bool)
    return (
        (key in shapes.ERROR_KEYS and bool(inner) and not number)
        or (key in shapes.FALSE_KEYS and inner is False)
        or (key in ("iserror", "is_error") and inner is True)
        or (key in shapes.STATUS_KEYS and isinstance(inner, str) and inner.lower() in shapes.BAD_STATUS)
        or (key in shapes.CODE_KEYS and (_is_http_error(inner) or _is_negative(inner)) and told)
        or (key in ("status", "status_code", "statuscode", "codigo") and _is_http_error(inner))
        or (key == "error_code" and bool(inner) and told)
    )


def _is_negative(value: Any) -> bool:
    return isinstance(value, int) and value < 0


def _is_http_error(value: Any) -> bool:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    return isinstance(value, int) and 400 <= value < 600


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    """The texts and numbers in a value, as far as one would look."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif depth < _DEPTH_MAX and isinstance(value, dict | list):
        for inner in list(value.values() if isinstance(value, dict) else value)[:_ITEMS_MAX]:
            yield from _strings(inner, depth + 1)


def _of_text(text: str, tool: str, *, failed: bool) -> Outcome:
    head = text[:READ_CHARS]
    if failed or shapes.OPENING.match(head):
        return Outcome(head, sure=True)
    listing = shapes.LISTING.search(head) is not None
    if line := _error_line(text, tool, listing=listing):
        return Outcome(line, sure=True)
    short = len(text) <= _SHORT_CHARS and text.count("\n") < _PLAIN_LINES
    if short and not listing and not shapes.TRANSCRIPT.search(text):
        return Outcome(shapes.QUOTATION.sub("", text))
    return Outcome()


def _error_line(text: str, tool: str, *, listing: bool) -> str:
    """From a traceback's last line on; ``""``: there is none, or it stands in a document."""
    long = len(text) > READ_CHARS
    if (listing and not text.startswith(("Traceback", "remote:"))) or (long and shapes.READERS.search(tool)):
        return ""
    ends = text[-READ_CHARS:]
    line = shapes.LINE.search(ends)
    return ends[line.start() :] if line else ""
