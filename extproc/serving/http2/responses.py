"""The header blocks we send: encoded without a dynamic table, so each is a constant, whatever came before."""

from typing import Final
from urllib.parse import quote

from hpack import Encoder

from extproc.serving.http2.faults import Status

_TEXT_CHARS_MAX: Final = 500
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


def _block(*fields: tuple[str, str]) -> bytes:
    # "Sensitive" is HPACK's word for what must enter no table.
    return Encoder().encode([(name, value, True) for name, value in fields], huffman=False)


NO_TABLE: Final = b"\x20"
"""At the start of the first block: our table stays empty, whatever the peer allows (RFC 7541 §4.2)."""

_GRPC: Final = ((":status", "200"), ("content-type", "application/grpc"))
HEADERS: Final = _block(*_GRPC)
"""Before the first message."""

METHOD_NOT_ALLOWED: Final = _block((":status", "405"))
UNSUPPORTED_MEDIA_TYPE: Final = _block((":status", "415"))
"""What the gRPC specification asks for where a request is none of gRPC."""

_OK: Final = _block(("grpc-status", "0"))


def trailers(status: Status, text: str = "") -> bytes:
    """After the last message."""
    return _OK if status is Status.OK else _block(*_outcome(status, text))


def only_trailers(status: Status, text: str = "") -> bytes:
    """Where no message was sent."""
    return _block(*_GRPC, *_outcome(status, text))


def _outcome(status: Status, text: str) -> tuple[tuple[str, str], ...]:
    message = (("grpc-message", quote(text[:_TEXT_CHARS_MAX], safe=_PRINTABLE)),) if text else ()
    return (("grpc-status", str(int(status))), *message)
