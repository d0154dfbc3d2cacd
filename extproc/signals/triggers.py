"""Which letters a text must have for a regular expression to match: a quick no for nearly all of them.

Understands what `data/tools.txt` is written in: letters, classes, groups, look-aheads, quantifiers.
"""

from collections.abc import Iterator
from typing import NamedTuple

_LETTERS_MIN = 2


class _Piece(NamedTuple):
    """One thing in a row: a letter, or a group of alternatives; ``""`` and no branches: anything else."""

    letter: str = ""
    branches: tuple[str, ...] = ()
    optional: bool = False


def triggers(pattern: str) -> frozenset[str] | None:
    """Small-letter texts of which one is in every text that `pattern` matches; ``None``: there are none."""
    found: set[str] = set()
    for branch in _branches(pattern):
        best = _best(branch)
        if best is None:
            return None
        found |= best
    return frozenset(found)


def _best(branch: str) -> frozenset[str] | None:
    """The demand of `branch` that is hardest to meet."""
    demands: list[frozenset[str]] = []
    run = ""
    for piece in [*_pieces(branch), _Piece()]:
        if piece.letter:
            run += piece.letter.lower()
            continue
        if _rarity(run) >= _LETTERS_MIN:
            demands.append(frozenset((run,)))
        run = ""
        if piece.branches and not piece.optional:
            inner = triggers("|".join(piece.branches))
            if inner is not None:
                demands.append(inner)
    return max(demands, key=lambda demand: (min(map(_rarity, demand)), -len(demand)), default=None)


def _rarity(letters: str) -> int:
    """Two Chinese characters say as much as six letters."""
    return sum(1 if letter < "\u2e80" else 3 for letter in letters)


def _branches(pattern: str) -> list[str]:
    """The alternatives at the top of `pattern`."""
    found, depth, start, at = [], 0, 0, 0
    while at < len(pattern):
        c = pattern[at]
        if c == "\\":
            at += 1
        elif c == "[":
            at = _class_end(pattern, at)
        elif c in "()":
            depth += 1 if c == "(" else -1
        elif c == "|" and depth == 0:
            found.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*found, pattern[start:]]


def _pieces(branch: str) -> Iterator[_Piece]:
    at = 0
    while at < len(branch):
        piece, at = _piece(branch, at)
        begin = at
        optional, at = _quantifier(branch, at)
        repeated = at > begin and bool(piece.letter)
        yield _Piece() if repeated else piece._replace(optional=optional)


def _piece(branch: str, at: int) -> tuple[_Piece, int]:
    c = branch[at]
    if c == "\\":
        escaped = branch[at + 1]
        return _Piece() if escaped.isalnum() else _Piece(escaped), at + 2
    if c == "[":
        return _Piece(), _class_end(branch, at) + 1
    if c == "(":
        end = _group_end(branch, at)
        inner = branch[at + 1 : end]
        if inner.startswith(("?!", "?=", "?<")):
            return _Piece(), end + 1
        return _Piece(branches=tuple(_branches(inner.removeprefix("?:")))), end + 1
    return _Piece() if c in ".^$" else _Piece(c), at + 1


def _quantifier(branch: str, at: int) -> tuple[bool, int]:
    """Whether what stands before `at` may be missing, and where the quantifier ends."""
    if at >= len(branch) or branch[at] not in "?*+{":
        return False, at
    if branch[at] != "{":
        return branch[at] != "+", at + 1
    end = branch.index("}", at)
    return branch[at + 1] in "0,", end + 1


def _class_end(pattern: str, at: int) -> int:
    at += 2 if pattern[at + 1] in "]^" else 1
    while pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


def _group_end(pattern: str, at: int) -> int:
    depth = 0
    while True:
        c = pattern[at]
        if c == "\\":
            at += 1
        elif c == "[":
            at = _class_end(pattern, at)
        elif c in "()":
            depth += 1 if c == "(" else -1
            if depth == 0:
                return at
        at += 1
