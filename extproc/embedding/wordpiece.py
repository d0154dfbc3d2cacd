"""WordPiece: a text as the numbers of BERT's uncased vocabulary.

Gives the numbers that the reference tokenizer gives, but for one thing: ``[SEP]`` and the like in a text are
the plain characters they look like. Words are looked up once and remembered, as most texts are made of few
words.
"""

import unicodedata
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from typing import Final

from extproc.limits import EMBEDDED_CHARS_MAX, EMBEDDED_TOKENS_MAX

_WORD_CHARS_MAX: Final = 100
"""A longer word is unknown, as in the reference."""

_WORDS_REMEMBERED: Final = 20_000

# Blocks of CJK ideographs, which are words by themselves (Unicode's, as listed in the reference).
_IDEOGRAPHS: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def encode(text: str, limit: int = EMBEDDED_TOKENS_MAX) -> list[int]:
    """``[CLS] … [SEP]``, at most `limit` of them: of a long text its head and its tail, which say what is
    wanted."""
    vocabulary = _vocabulary()
    room = limit - 2
    if len(text) > EMBEDDED_CHARS_MAX:
        half = EMBEDDED_CHARS_MAX // 2
        text = f"{text[:half]} {text[-half:]}"
    pieces = [number for word in _words(text) for number in _pieces(word)]
    if len(pieces) > room:
        pieces = pieces[: room - room // 2] + pieces[len(pieces) - room // 2 :]
    return [vocabulary["[CLS]"], *pieces, vocabulary["[SEP]"]]


@cache
def _vocabulary() -> dict[str, int]:
    lines = resources.files(__package__).joinpath("data/vocab.txt").read_text(encoding="utf-8")
    return {token: number for number, token in enumerate(lines.split("\n"))}


@lru_cache(_WORDS_REMEMBERED)
def _pieces(word: str) -> tuple[int, ...]:
    """The longest known beginning, then the longest known continuation, and so on; all or nothing."""
    vocabulary = _vocabulary()
    unknown = (vocabulary["[UNK]"],)
    if len(word) > _WORD_CHARS_MAX:
        return unknown
    found: list[int] = []
    start, mark = 0, ""
    while start < len(word):
        ends = (end for end in range(len(word), start, -1) if mark + word[start:end] in vocabulary)
        end = next(islice(ends, 1), None)
        if end is None:
            return unknown
        found.append(vocabulary[mark + word[start:end]])
        start, mark = end, "##"
    return tuple(found)


def _words(text: str) -> list[str]:
    """Lower-case words without accents; punctuation and ideographs stand alone."""
    if text.isascii():
        plain = text.lower()
    else:
        plain = "".join(
            c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn"
        ).lower()
    return plain.translate(_SPACING).split()


class _Spacing(dict[int, str]):
    """What a character becomes before the text is split at spaces; worked out when it is first met."""

    def __missing__(self, number: int) -> str:
        self[number] = spaced = _spaced(chr(number))
        return spaced


def _spaced(char: str) -> str:
    number, category = ord(char), unicodedata.category(char)
    if char in "\t\n\r" or category in {"Zs", "Zl", "Zp"}:
        return " "
    if number == 0xFFFD or category in {"Cc", "Cf", "Co", "Cs"}:
        return ""
    ascii_symbol = number < 0x80 and not char.isalnum()
    ideograph = any(low <= number <= high for low, high in _IDEOGRAPHS)
    return f" {char} " if ascii_symbol or ideograph or category.startswith("P") else char


_SPACING: Final = _Spacing()
