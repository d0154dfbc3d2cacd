"""The model's name in a ``multipart/form-data`` body (RFC 7578, RFC 2046 §5.1), as `json_body` does for JSON.

Every part's headers are read, because a second ``model`` must be refused: we and a provider might each read
another one. What the parts hold is never looked at, but for the two fields we know.
"""

import re
from typing import Final

from extproc import limits
from extproc.errors import InvalidRequest
from extproc.rewrite.located import Located

_BOUNDARY_CHARS_MAX: Final = 70
"""RFC 2046 §5.1.1."""
_PART_HEADERS_BYTES_MAX: Final = 8 * limits.KIB
"""Names of files are in them, nothing longer."""

_TYPE: Final = re.compile(r"[ \t]*multipart/form-data[ \t]*(?:;|$)", re.IGNORECASE)
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))', re.DOTALL)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_FOLD: Final = re.compile(rb"\r\n[ \t]+")
_DELIMITER_TAIL: Final = re.compile(rb"(--)|[ \t]*\r\n")

_STREAM: Final = {b"true": True, b"false": False}


def model_of(body: bytes, content_type: str) -> Located:
    """Where `body` names its model.

    Raises `InvalidRequest` for a content type without a boundary, a malformed body, or two ``model`` parts.
    """
    boundary = _boundary(content_type)
    first, parts = _parts(body, b"\r\n--" + boundary)
    model: slice | None = None
    stream: bool | None = None
    for part in parts:
        name, content = _field(body, part)
        if name == "stream":
            stream = _STREAM.get(body[content])
        if name != "model":
            continue
        if model:
            raise InvalidRequest("The request body has 'model' twice.", param="model")
        model = content
    if model is None:
        before = b'--%b\r\nContent-Disposition: form-data; name="model"\r\n\r\n' % boundary
        return Located(None, first, first, before, b"\r\n", stream)
    return Located(_text(body[model]), model.start, model.stop, stream=stream)


def with_model(body: bytes, located: Located, model: str) -> bytes:
    """`body` with `model` in the place `located`, which was found in the same body."""
    return located.splice(body, model.encode())


def _boundary(content_type: str) -> bytes:
    if not _TYPE.match(content_type):
        raise InvalidRequest("The content-type must be multipart/form-data.")
    match [value for name, value in _parameters(content_type) if name == "boundary"]:
        case [value] if value.isascii() and 0 < len(value) <= _BOUNDARY_CHARS_MAX:
            return value.encode()
    raise InvalidRequest("The content-type has no valid boundary.")


def _parts(body: bytes, delimiter: bytes) -> tuple[int, list[slice]]:
    """Where the first delimiter line begins, and the extents of the parts, headers included.

    A line that only begins with the delimiter is content (RFC 2046 leaves it open; parsers agree on it).
    """
    parts: list[slice] = []
    first: int | None = None
    start = 0
    # The line break before a delimiter belongs to it; before the first one there may be none.
    found = -2 if body.startswith(delimiter[2:]) else body.find(delimiter)
    while found != -1:
        if tail := _DELIMITER_TAIL.match(body, found + len(delimiter)):
            if first is None:
                first = found + 2
            else:
                parts.append(slice(start, found))
            if tail[1]:
                return first, parts
            if len(parts) == limits.MULTIPART_PARTS_MAX:
                raise InvalidRequest(f"The request body has more than {limits.MULTIPART_PARTS_MAX} parts.")
            start = tail.end()
        found = body.find(delimiter, max(found, 0) + 2)
    raise InvalidRequest("The request body ends before its last boundary.")


def _field(body: bytes, part: slice) -> tuple[str, slice]:
    """A part's ``name`` and the extent of its content."""
    blank = body.find(b"\r\n\r\n", part.start, min(part.stop, part.start + _PART_HEADERS_BYTES_MAX))
    if blank == -1:
        raise InvalidRequest("A part of the request body has no end of its headers.")
    lines = _FOLD.sub(b" ", body[part.start : blank]).split(b"\r\n")
    dispositions = [line for line in lines if line.lower().startswith(b"content-disposition:")]
    parameters = _parameters(b"".join(dispositions).decode("latin-1"))
    match [value for name, value in parameters if name in ("name", "name*")]:
        case [name] if len(dispositions) == 1:
            if name == "model" and any(key.startswith("filename") for key, _ in parameters):
                raise InvalidRequest("'model' must be a text field, not a file.", param="model")
            return name, slice(blank + 4, part.stop)
    raise InvalidRequest("A part of the request body has no name, or more than one.")


def _parameters(header: str) -> list[tuple[str, str]]:
    return [
        (name.lower(), _QUOTED_PAIR.sub(r"\1", quoted) or token)
        for name, quoted, token in _PARAMETER.findall(header)
    ]


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("'model' is not valid UTF-8.", param="model") from None
