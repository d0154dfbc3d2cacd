"""Header blocks of requests → what of them a call is chosen by. RFC 7541 by `hpack`; RFC 9113 §8.2, §8.3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hpack import Decoder, HPACKError

from extproc.limits import HEADER_BLOCK_BYTES_MAX
from extproc.serving.http2.faults import ConnectionFault, ErrorCode, StreamFault

_REMEMBERED_MAX: Final = 64
"""Blocks a connection keeps. Envoy sends two or three different ones; tracing would make each differ."""
_REMEMBERED_BYTES_MAX: Final = 1024

_PSEUDO: Final = frozenset({b":method", b":scheme", b":path", b":authority"})
_REQUIRED: Final = frozenset({b":method", b":scheme", b":path"})
_OF_ONE_HOP: Final = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"}
)


@dataclass(frozen=True, slots=True)
class Head:
    """What of a request's header fields matters here."""

    method: bytes
    path: bytes
    content_type: bytes


class HeadReader:
    """Reads the header blocks of one connection, in the order they come.

    The client is asked for a dynamic table of no bytes. Once it has acknowledged that and its table is empty,
    a block means the same each time, since nothing before it can change it; from then on repeated ones are
    not decoded again.
    """

    __slots__ = ("_decoder", "_remembered", "_stateless")

    def __init__(self) -> None:
        self._decoder = Decoder(max_header_list_size=HEADER_BLOCK_BYTES_MAX)
        self._remembered: dict[bytes, Head] = {}
        self._stateless = False

    def forbid_table(self) -> None:
        """To be called when the client acknowledges our HEADER_TABLE_SIZE of 0."""
        self._decoder.max_allowed_table_size = 0

    def read(self, block: bytes) -> Head:
        """The head of a request; raises `ConnectionFault` or, for a malformed request, `StreamFault`."""
        known = self._remembered.get(block)
        if known is not None:
            return known
        fields = self.fields(block)
        head = _head(fields)
        if self._stateless and len(block) <= _REMEMBERED_BYTES_MAX:
            if len(self._remembered) >= _REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[block] = head
        return head

    def fields(self, block: bytes) -> Sequence[tuple[bytes, bytes]]:
        """All fields. Every block must pass here, wanted or not, for the table to stay right."""
        try:
            fields = self._decoder.decode(block, raw=True)
        except HPACKError as error:
            raise ConnectionFault(ErrorCode.COMPRESSION_ERROR, str(error)) from error
        self._stateless = self._decoder.max_allowed_table_size == self._decoder.header_table_size == 0
        return [(bytes(name), bytes(value)) for name, value in fields]


def _head(fields: Sequence[tuple[bytes, bytes]]) -> Head:
    values: dict[bytes, bytes] = {}
    regular = False
    for name, value in fields:
        if name.startswith(b":"):
            if regular or name not in _PSEUDO or name in values:
                raise StreamFault(ErrorCode.PROTOCOL_ERROR, f"{name!r} must not stand there")
        else:
            regular = True
            _check(name, value)
        values[name] = value
    if missing := _REQUIRED - values.keys():
        raise StreamFault(ErrorCode.PROTOCOL_ERROR, f"no {min(missing)!r}")
    return Head(values[b":method"], values[b":path"], values.get(b"content-type", b""))


def _check(name: bytes, value: bytes) -> None:
    """RFC 9113 §8.2.1, §8.2.2."""
    if not name or name != name.lower() or name in _OF_ONE_HOP:
        raise StreamFault(ErrorCode.PROTOCOL_ERROR, f"{name!r} must not be sent")
    if name == b"te" and value != b"trailers":
        raise StreamFault(ErrorCode.PROTOCOL_ERROR, f"te: {value!r}")
