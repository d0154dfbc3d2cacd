"""Slips of the keyboard in words of a lexicon: a letter left out, written twice, two that changed places.

Not every neighbour counts. A word's first letter is hardly ever wrong, and other endings make other words, so
both ends must be right; and what is a word of its own is none that was mistyped.
"""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

LETTERS_MIN: Final = 5
"""Shorter words have too many neighbours,"""
LONG_LETTERS: Final = 7
"""and so have all but long ones if a vowel may be left out; words without any vowel are no words."""

_VOWELS: Final = frozenset("aeiouy")


class Speller:
    """Knows the words of some lexicons."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = frozenset(vocabulary)
        self._short: dict[str, str] = {}
        for word in sorted(self._known):
            if len(word) >= LETTERS_MIN and word.isalpha():
                for at in range(1, len(word) - 1):
                    self._short.setdefault(word[:at] + word[at + 1 :], word)
        self.right: Callable[[str], str] = lru_cache(maxsize=8_192)(self._right)
        """The word that was meant; the same one where none is near."""

    def _right(self, word: str) -> str:
        if word in self._known or len(word) < LETTERS_MIN - 1 or not word.isalpha() or word in _real():
            return word
        return self._longer(word) or self._swapped(word) or self._undoubled(word) or word

    def _longer(self, word: str) -> str | None:
        meant = self._short.get(word)
        return meant if meant and (len(meant) >= LONG_LETTERS or not _VOWELS & set(word)) else None

    def _swapped(self, word: str) -> str | None:
        if len(word) < LETTERS_MIN:
            return None
        pairs = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1))
        return next((other for other in pairs if other in self._known), None)

    def _undoubled(self, word: str) -> str | None:
        if len(word) <= LETTERS_MIN or word[-1] in _VOWELS:
            return None
        cut = (word[:at] + word[at + 1 :] for at in range(1, len(word)) if word[at] == word[at - 1])
        return next((other for other in cut if other in self._known), None)


@cache
def _real() -> frozenset[str]:
    """Words of their own that look like slips (`data/real-words.txt`)."""
    text = files("extproc.signals").joinpath("data", "real-words.txt").read_text("utf-8")
    return frozenset(text.split())
