"""Content codings of an answer, undone piece by piece and within a bound (RFC 9110 §8.4)."""

import zlib
from collections.abc import Callable, Mapping
from typing import Final

import brotli

from extproc.limits import ANSWER_BYTES_MAX


class UndecodableError(Exception):
    """The answer is not in the coding it claims, or is longer than `ANSWER_BYTES_MAX` once decoded."""


class Decoder:
    """Undoes one coding; what comes out is counted, so that a small answer cannot become an endless one."""

    def __init__(self, decode: Callable[[bytes], bytes], finished: Callable[[], bool]) -> None:
        self._decode = decode
        self._finished = finished
        self._left = ANSWER_BYTES_MAX

    def __call__(self, data: bytes, *, last: bool) -> bytes:
        """What `data`, the next piece, decodes to; raises `UndecodableError`, also for a truncated answer."""
        try:
            decoded = self._decode(data) if data else b""
        except (zlib.error, brotli.error) as cause:
            raise UndecodableError("it is not in the content-encoding it claims") from cause
        self._left -= len(decoded)
        if self._left < 0:
            raise UndecodableError(f"it is longer than {ANSWER_BYTES_MAX} bytes")
        if last and not self._finished():
            raise UndecodableError("its compressed data is cut off")
        return decoded


def _inflating() -> Decoder:
    # 32 + 15: zlib finds out by itself whether the wrapper is gzip's or zlib's (deflate).
    inflate = zlib.decompressobj(32 + zlib.MAX_WBITS)
    return Decoder(lambda data: inflate.decompress(data, ANSWER_BYTES_MAX + 1), lambda: inflate.eof)


def _brotli() -> Decoder:
    decompressor = brotli.Decompressor()
    return Decoder(decompressor.process, decompressor.is_finished)


def _identity() -> Decoder:
    return Decoder(lambda data: data, lambda: True)


_DECODERS: Final[Mapping[str, Callable[[], Decoder]]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _inflating,
    "x-gzip": _inflating,
    "deflate": _inflating,
    "br": _brotli,
}


def decoder(content_encoding: str) -> Decoder:
    """For the value of ``content-encoding``. One that we cannot undo fails at the first piece."""
    make = _DECODERS.get(content_encoding.strip().lower())
    return make() if make else Decoder(_unknown(content_encoding), lambda: True)


def _unknown(content_encoding: str) -> Callable[[bytes], bytes]:
    def refuse(_: bytes) -> bytes:
        raise UndecodableError(f"its content-encoding is {content_encoding}")

    return refuse
