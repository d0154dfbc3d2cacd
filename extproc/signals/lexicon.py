"""The lexicons in `data/`: what people say in each language, read once and kept.

A file has sections, ``[name]``, and phrases (`phrases`), one a line; ``#`` begins a remark. ``[class x]``
names alternatives for ``{x}``. Sections that a detector reads are named after the leaves; `own` tells of the
others. Plain lists of words, not phrases: ``[stop]`` (function words: they tell the language), ``[filler]``,
``[negation]``, ``[but]``, ``[request]``.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from extproc.signals import own
from extproc.signals.phrases import Phrase, Phrasebook, compile_phrase
from extproc.signals.words import split

LANGUAGES: Final = ("en", "es", "de", "fr", "pt", "zh")

_LISTS: Final = ("stop", "filler", "negation", "request", "but")


class Lexicon(NamedTuple):
    """What one language has, or several together."""

    signs: Phrasebook
    """Phrases that are signals, and those that take signals back."""
    frames: Phrasebook
    """Phrases that tell whose words follow (`own.SECTIONS`)."""
    stop: frozenset[str]
    negation: frozenset[str]
    request: frozenset[str]
    """Words that begin a request."""
    but: frozenset[str]
    """Words that take back what they follow."""


@cache
def lexicon(language: str) -> Lexicon:
    """That of `language`, one of `LANGUAGES`."""
    return parse(files("extproc.signals").joinpath("data", f"{language}.txt").read_text("utf-8"))


@lru_cache(maxsize=64)
def merged(languages: tuple[str, ...]) -> Lexicon:
    """Those of `languages` in one, so that a text is gone through once."""
    parts = [lexicon(language) for language in languages]
    return Lexicon(
        signs=_joined([part.signs for part in parts]),
        frames=_joined([part.frames for part in parts]),
        stop=frozenset().union(*(part.stop for part in parts)),
        negation=frozenset().union(*(part.negation for part in parts)),
        request=frozenset().union(*(part.request for part in parts)),
        but=frozenset().union(*(part.but for part in parts)),
    )


def _joined(books: Sequence[Phrasebook]) -> Phrasebook:
    return Phrasebook(
        (phrase for book in books for phrase in book.phrases),
        frozenset().union(*(book.fillers for book in books)),
    )


def parse(source: str) -> Lexicon:
    """A lexicon file. Raises `ValueError` for a line that is none."""
    sections = _sections(source)
    classes = {
        name.removeprefix("class "): "|".join(lines)
        for name, lines in sections.items()
        if name.startswith("class ")
    }
    lists = {name: frozenset(_words(sections.get(name, ()))) for name in _LISTS}
    phrases = [
        compile_phrase(name, line, classes)
        for name, lines in sections.items()
        if name not in _LISTS and not name.startswith("class ")
        for line in lines
    ]
    return Lexicon(
        signs=Phrasebook(_named(phrases, frames=False), lists["filler"]),
        frames=Phrasebook(_named(phrases, frames=True), lists["filler"]),
        stop=lists["stop"],
        negation=lists["negation"],
        request=lists["request"],
        but=lists["but"],
    )


def _sections(source: str) -> Mapping[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for raw in source.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1], [])
        elif line and lines is None:
            raise ValueError(f"no section yet: {line!r}")
        elif line and lines is not None:
            lines.append(line)
    return sections


def _words(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [word for line in lines for piece in line.split() for word in ("".join(split(piece).folded),)]


def _named(phrases: list[Phrase], *, frames: bool) -> list[Phrase]:
    return [phrase for phrase in phrases if (phrase.name in own.SECTIONS) is frames]
