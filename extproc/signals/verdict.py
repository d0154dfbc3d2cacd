"""What kind of error an error is: the classes of `data/tools.txt`."""

import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from extproc.signals.outcome import Outcome
from extproc.signals.shapes import READERS
from extproc.signals.taxonomy import LEAF, Leaf
from extproc.signals.triggers import triggers

_SECTION: Final = re.compile(r"\[([a-z_]+)( plain)?\]")


class Line(NamedTuple):
    """One line of a class."""

    triggers: frozenset[str]
    """One of these is in every text that matches (`triggers`)."""
    pattern: re.Pattern[str]

    def search(self, text: str, low: str) -> re.Match[str] | None:
        """Where it matches `text`, of which `low` is the same in small letters."""
        return self.pattern.search(text) if any(trigger in low for trigger in self.triggers) else None


class Class(NamedTuple):
    """A way in which calls fail."""

    leaf: Leaf
    plain: bool
    """Short results that are no error by their form may be of this class."""
    lines: tuple[Line, ...]


class Verdict(NamedTuple):
    """What an error is."""

    leaf: Leaf
    matched: str
    sure: bool


def verdict(found: Outcome, tool: str) -> Verdict | None:
    """The class of an error; ``None``: it is of none, or not sure enough to be an error."""
    if not found.error:
        return None
    low = found.error.lower()
    reads = bool(READERS.search(tool))
    for one in classes():
        if not found.sure and (not one.plain or (reads and one.leaf is not Leaf.BAD_QUERY)):
            continue
        for line in one.lines:
            if match := line.search(found.error, low):
                return Verdict(one.leaf, match.group(), found.sure)
    return None


@cache
def classes() -> tuple[Class, ...]:
    """Those of the file, in its order: the first that fits is it. Raises `ValueError` for a bad line."""
    text = files("extproc.signals").joinpath("data", "tools.txt").read_text("utf-8")
    found: list[tuple[Leaf, bool, list[Line]]] = []
    for line in text.splitlines():
        if section := _SECTION.fullmatch(line):
            found.append((LEAF[section[1]], bool(section[2]), []))
        elif line.strip() and not line.startswith("#"):
            found[-1][2].append(_line(line.strip()))
    return tuple(Class(leaf, plain, tuple(lines)) for leaf, plain, lines in found)


def _line(source: str) -> Line:
    needed = triggers(source)
    if needed is None:
        raise ValueError(f"it could match anything: {source!r}")
    return Line(needed, re.compile(source, re.IGNORECASE))
