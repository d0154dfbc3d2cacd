"""A signal, as it is kept and told."""

from typing import Any

import msgspec

from extproc.signals.taxonomy import Leaf


class Signal(msgspec.Struct, gc=False):
    """Something that was seen at a place. A loop's grows with the loop; everything else stays as it is."""

    type: Leaf
    message: int
    """Index of the message (`Row.message`); of a loop: of its first call."""
    confidence: float
    """In [0, 1]: how sure a careful reader would be, as far as such rules can tell."""
    snippet: str = ""
    """A piece of the text itself; ``""`` where none says it (a long conversation)."""
    metadata: dict[str, Any] = {}
    """What the detector knows besides; Plano's keys where Plano has them."""


SNIPPET_CHARS: int = 160
"""Longest piece of text that a signal keeps."""


def around(text: str, start: int, end: int, margin: int = 0) -> str:
    """The piece of `text` from `start` to `end` with up to `margin` characters on each side."""
    start, end = max(0, start - margin), min(len(text), end + margin)
    return text[start : min(end, start + SNIPPET_CHARS)].strip()
