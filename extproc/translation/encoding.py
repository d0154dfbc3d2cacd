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

    def __init__(self, decode: Callable[[bytes, int], bytes], finished: Callable[[], bool]) -> None:
        self._decode = decode
        self._finished = finished
        self._left = ANSWER_BYTES_MAX

    def __call__(self, data: bytes) -> bytes:
        """What `data`, the next piece, decodes to; raises `UndecodableError`."""
        try:
            decoded = self._decode(data, self._left + 1) if data else b""
        except (zlib.error, brotli.error) as cause:
            raise UndecodableError("it is not in the content-encoding it claims") from cause
        self._left -= len(decoded)
        if self._left < 0:
            raise UndecodableError(f"it is longer than {ANSWER_BYTES_MAX} bytes")
        return decoded

    def close(self) -> None:
        """Nothing more comes; raises `UndecodableError` if something is missing."""
        if not self._finished():
            raise UndecodableError("its compressed data is cut off")


def _inflating() -> Decoder:
    # 32 + 15: zlib finds out by itself whether the wrapper is gzip's or zlib's (deflate).
    inflate = zlib.decompressobj(32 + zlib.MAX_WBITS)
    # What follows the end is no part of the answer, and would be kept.
    return Decoder(
        lambda data, most: b"" if inflate.eof else inflate.decompress(data, most), lambda: inflate.eof
    )


def _brotli() -> Decoder:
    decompressor = brotli.Decompressor()

    def decode(data: bytes, most: int) -> bytes:
        if decompressor.is_finished():
            return b""
        decoded: bytes = decompressor.process(data, output_buffer_limit=most)
        return decoded

    return Decoder(decode, decompressor.is_finished)


def _identity() -> Decoder:
    return Decoder(lambda data, _: data, lambda: True)


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


def is_known(content_encoding: str) -> bool:
    """Whether it can be undone."""
    return content_encoding.strip().lower() in _DECODERS


def _unknown(content_encoding: str) -> Callable[[bytes, int], bytes]:
    def refuse(_: bytes, __: int) -> bytes:
        raise UndecodableError(f"its content-encoding is {content_encoding}")

    return refuse
