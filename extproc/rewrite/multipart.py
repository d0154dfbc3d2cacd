"""The model's name in a ``multipart/form-data`` body (RFC 7578, RFC 2046 §5.1): found, replaced alone.

Only the headers of the parts are read; what the parts hold is leapt over by looking for the next delimiter.
"""

import re
from collections.abc import Iterator
from typing import Final

from extproc.errors import InvalidRequest
from extproc.limits import MODEL_NAME_CHARS_MAX, MULTIPART_PARTS_MAX
from extproc.rewrite.located import Located

_CRLF: Final = b"\r\n"
_END_OF_HEADERS: Final = b"\r\n\r\n"
_BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME: Final = re.compile(
    rb'^content-disposition:[ \t]*form-data[^\r\n]*?;[ \t]*name=(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s;"]+))',
    re.IGNORECASE | re.MULTILINE,
)


def model_of(body: bytes, content_type: str) -> Located:
    """Where the part called ``model`` has its value.

    Raises `InvalidRequest` for a body that is not what `content_type` says, has two such parts, or more than
    `MULTIPART_PARTS_MAX` parts.
    """
    delimiter = b"--" + _boundary(content_type)
    found = [span for name, span in _parts(body, delimiter) if name == b"model"]
    match found:
        case []:
            return _absent(body, delimiter)
        case [span]:
            return Located(_text(body[span]), span.start, span.stop)
        case _:
            raise InvalidRequest("The form has 'model' twice.", param="model")


def with_model(body: bytes, located: Located, model: str) -> bytes:
    """`body` with `model` where `located`, made from the same body, says."""
    return located.splice(body, model.encode())


def _boundary(content_type: str) -> bytes:
    if not content_type.lower().startswith("multipart/form-data"):
        raise InvalidRequest("The request body must be multipart/form-data.")
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise InvalidRequest("The content-type has no boundary.")
    return (boundary[1] or boundary[2]).encode("latin-1")


def _parts(body: bytes, delimiter: bytes) -> Iterator[tuple[bytes, slice]]:
    """Name and extent of the content of each part, up to the closing delimiter."""
    position = _first(body, delimiter)
    for _ in range(MULTIPART_PARTS_MAX):
        if body.startswith(b"--", position):
            return
        headers_end = body.find(_END_OF_HEADERS, position)
        end = body.find(_CRLF + delimiter, headers_end)
        if headers_end < 0 or end < 0:
            raise InvalidRequest("The multipart body ends before its closing boundary.")
        name = _NAME.search(body, position, headers_end)
        start = headers_end + len(_END_OF_HEADERS)
        yield (name[1] or name[2] or b"") if name else b"", slice(min(start, end), end)
        position = end + len(_CRLF) + len(delimiter)
    raise InvalidRequest(f"The form has more than {MULTIPART_PARTS_MAX} parts.")


def _first(body: bytes, delimiter: bytes) -> int:
    """Position behind the first delimiter; a preamble before it is allowed, and ignored."""
    if body.startswith(delimiter):
        return len(delimiter)
    start = body.find(_CRLF + delimiter)
    if start < 0:
        raise InvalidRequest("The multipart body does not have the boundary of its content-type.")
    return start + len(_CRLF) + len(delimiter)


def _absent(body: bytes, delimiter: bytes) -> Located:
    """A part for the model goes before the first one."""
    start = _first(body, delimiter) - len(delimiter)
    before = delimiter + _CRLF + b'content-disposition: form-data; name="model"' + _END_OF_HEADERS
    return Located(None, start, start, before, _CRLF)


def _text(value: bytes) -> str:
    if len(value) > MODEL_NAME_CHARS_MAX * 4:
        raise InvalidRequest("'model' is too long.", param="model")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("'model' is not valid UTF-8.", param="model") from None
