"""What Anthropic and Amazon want of a tool call: an object as its input, an id of few characters."""

import re
import zlib
from typing import Any, Final

import msgspec

from extproc.errors import InvalidRequest

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


def input_of(arguments: str, path: str) -> dict[str, Any]:
    """The arguments, parsed; ``""`` is no arguments. Raises `InvalidRequest` for anything but an object."""
    if not arguments.strip():
        return {}
    try:
        value = _decode(arguments)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        value = None
    if type(value) is not dict:
        raise InvalidRequest(
            f"{path}.arguments: expected the JSON text of an object.", param=f"{path}.arguments"
        )
    return value


def input_or_text(arguments: str) -> dict[str, Any]:
    """The same in an answer, which must reach the client: what is no object is kept under ``_raw``."""
    try:
        return input_of(arguments, "")
    except InvalidRequest:
        return {"_raw": arguments}


def arguments_of(value: object) -> str:
    """The reverse: the JSON text of an input."""
    return _encode(value).decode()


def tool_id(call_id: str, allowed: re.Pattern[str]) -> str:
    """`call_id` if the API takes it, else one made of it: the same each time, another for another id."""
    if allowed.fullmatch(call_id):
        return call_id
    kept = re.sub(r"[^a-zA-Z0-9_-]", "_", call_id)[:48]
    return f"{kept}_{zlib.crc32(call_id.encode('utf-8', 'replace')):08x}"
