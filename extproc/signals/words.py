"""A text as words: folded so that accents, case, apostrophes and stretched letters make no difference.

Chinese has no spaces: each of its characters is a word here, in the texts as in the lexicons, and so is an
emoji. What stands between words is kept as how deep a break it is.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

NONE: Final = 0
SOFT: Final = 1
"""A comma, a dash, a bracket."""
COLON: Final = 2
HARD: Final = 3
"""The end of a sentence or a line."""

_WORD: Final = re.compile(
    r"(?P<cjk>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff])"
    r"|(?P<emoji>[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\u2764])"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
    r"(?:['’ʼ`´*][^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)*\*{0,4}"
)
_ASCII_WORD: Final = re.compile(r"[a-zA-Z0-9]+(?:['`*][a-zA-Z0-9]+)*\*{0,4}")
_HARD: Final = re.compile(r"[!?…;。！？；\n¿¡]|\.(?=\s|\.)")
_COLON: Final = re.compile(r"[:：](?!\S)|：")
_SOFT: Final = re.compile(r"[,，、()（）\[\]\"“”«»„]|\s[-–—/]+\s|—")
_APOSTROPHES: Final = re.compile(r"['’ʼ`´]")
_STARS: Final = re.compile(r"\*+")
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}")

_CONTRACTED: Final = {
    head + tail: (head, tail)
    for head, tails in {
        "i": "m ve ll",
        "you": "re ve ll",
        "they": "re ve",
        "we": "ve",
        "that": "s ll",
        "it": "s ll",
        "what": "s re",
        "he": "s",
        "she": "s",
        "there": "s",
        "here": "s",
        "who": "s",
        "how": "s",
        "let": "s",
    }.items()
    for tail in tails.split()
}
"""English contractions as people write them, but for those that are other words (id, well)."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, in parallel sequences."""

    folded: list[str]
    starts: list[int]
    """Where each begins in the text."""
    ends: list[int]
    breaks: list[int]
    """How deep a break stands before each; the first has `HARD`."""

    def __len__(self) -> int:
        return len(self.folded)


def split(text: str) -> Words:
    """The words of `text`; offsets are those of `text` itself."""
    made = Words([], [], [], [])
    add_word, add_start = made.folded.append, made.starts.append
    add_end, add_break = made.ends.append, made.breaks.append
    at = 0
    for found in (_ASCII_WORD if text.isascii() else _WORD).finditer(text):
        start, end = found.span()
        depth = NONE if start == at + 1 and text[at] == " " else _break(text[at:start])
        for word in parts(found.group()):
            add_word(word)
            add_start(start)
            add_end(end)
            add_break(depth)
            depth = NONE
        at = end
    if made.breaks:
        made.breaks[0] = HARD
    return made


@lru_cache(maxsize=16_384)
def parts(word: str) -> tuple[str, ...]:
    """`word` folded; a contraction is two words, however it is written: ``that's``, ``thats``, ``c'est``."""
    folded = fold(word)
    if folded in _CONTRACTED:
        return _CONTRACTED[folded]
    pieces = _APOSTROPHES.split(word)
    if len(pieces) == 1 or pieces[-1].casefold() == "t":  # don't and its like stay one
        return (folded,)
    return tuple(fold(piece) for piece in pieces if piece)


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """`word` in lower case, without accents and apostrophes; ``f***`` is ``f*``, ``soooo`` is ``so``."""
    low = _APOSTROPHES.sub("", word.casefold())
    if not low.isascii() and low != "é":  # Portuguese "is", which without its accent is "and"
        low = "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))
    if "*" in low:
        low = low.rstrip("*") if len(low.rstrip("*")) > 2 else _STARS.sub("*", low)
    return _STRETCHED.sub(r"\1", low)


@lru_cache(maxsize=4_096)
def _break(between: str) -> int:
    if between in ("", " "):
        return NONE
    if _HARD.search(between):
        return HARD
    if _COLON.search(between):
        return COLON
    return SOFT if _SOFT.search(between) else NONE


def is_cjk(word: str) -> bool:
    """Whether `word` is a Chinese (or Japanese) character."""
    return len(word) == 1 and "\u3040" <= word <= "\uffff"


def is_emoji(word: str) -> bool:
    """Whether `word` is an emoji or a sign like it."""
    return len(word) == 1 and (word >= "\U0001f000" or "\u2600" <= word <= "\u2bff")


def stems(words: Sequence[str]) -> list[str]:
    """`words` cut to what their forms have in common, roughly: five letters, or two characters of Chinese."""
    made: list[str] = []
    for number, word in enumerate(words):
        if not is_cjk(word):
            made.append(word[:5])
        elif number + 1 < len(words) and is_cjk(words[number + 1]):
            made.append(word + words[number + 1])
    return made
