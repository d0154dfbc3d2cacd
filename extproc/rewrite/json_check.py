"""Is a body one JSON object, as RFC 8259 means it? Asked of msgspec, in C, without making a value of it.

msgspec checks the grammar of what it skips, and no more. Two things are done here: UTF-8 is checked, and half
surrogate pairs (a lone ``\\ud83d``, as JavaScript writes a cut emoji), which are valid, are let through.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from extproc.errors import InvalidRequest

LARGE: Final = ("documents", "functions", "input", "instructions", "messages", "prompt", "system", "tools")
"""Members that hold most of a body's bytes."""

OFTEN_NESTED: Final = (
    "metadata",
    "reasoning",
    "response_format",
    "stop",
    "stop_sequences",
    "stream_options",
    "text",
    "thinking",
    "tool_choice",
)
"""Members that are often arrays or objects, but small."""

PREFERENCES: Final = "routing_preferences"
"""A member for us, not for a provider."""

PREVIOUS: Final = "previous_response_id"
"""A member for us, where we have the answer of that id."""

ABSENT: Final = msgspec.Raw()
"""What stands for a member that is not there."""

_Members: Final[type[msgspec.Struct]] = msgspec.defstruct(
    "_Members",
    [(name, msgspec.Raw, ABSENT) for name in ("stream", PREFERENCES, PREVIOUS, *LARGE, *OFTEN_NESTED)],
    gc=False,
)
_decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(_Members).decode
_HALF_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def members_of(body: bytes) -> Any:
    """The raw text of the members named above, `ABSENT` where there is none; of duplicates, the last.

    Raises `InvalidRequest` for a body that is not one JSON object in UTF-8.
    """
    if not body.isascii():
        _check_utf8(body)
    try:
        return _decode(body)
    except msgspec.ValidationError:
        raise InvalidRequest("The request body must be a JSON object.") from None
    except msgspec.DecodeError as error:
        whole = _HALF_PAIR.sub(rb"\\u0041", body)
        if whole != body:
            return members_of(whole)
        reason = str(error).removeprefix("JSON is malformed: ")
        raise InvalidRequest(f"The request body is not valid JSON: {reason}.") from None
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.") from None


def _check_utf8(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"The request body is not valid UTF-8 (byte {error.start}).") from None
