"""The vocabulary ``o200k_base``: how many tokens a text is, exactly as OpenAI's tiktoken counts it.

The data are in the package (``data/README.md``). The library that encodes is named in this file alone.
"""

from collections.abc import Callable, Iterator
from importlib import resources
from threading import Lock

import brotli

from extproc.limits import COUNTED_PIECE_CHARS

_Encode = Callable[[str], list[int]]


class Vocabulary:
    """Loads its data when a text is first counted. Threads may share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._encode: _Encode | None = None

    def count(self, text: str) -> int:
        """Tokens of `text`; special ones (``<|endoftext|>``) count as the plain text they are here."""
        encode = self._encode or self._load()
        return sum(len(encode(_encodable(piece))) for piece in _pieces(text))

    def _load(self) -> _Encode:
        with self._lock:
            if self._encode is None:
                # Most workers never count: they need not pay for the library either.
                from kitoken import Kitoken  # noqa: PLC0415

                packed = resources.files(__package__).joinpath("data/o200k_base.tiktoken.br").read_bytes()
                self._encode = Kitoken.from_tiktoken(brotli.decompress(packed)).encode
            return self._encode


def _pieces(text: str) -> Iterator[str]:
    """A long text in several: its tokens, of which only the number is wanted, are never all in memory.

    A cut can add a token or two.
    """
    for start in range(0, len(text), COUNTED_PIECE_CHARS):
        yield text[start : start + COUNTED_PIECE_CHARS]


def _encodable(text: str) -> str:
    """Half a surrogate pair is no character; models are sent a replacement for it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
