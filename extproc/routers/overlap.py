"""Candidates that a router can hardly tell apart, since their descriptions say the same."""

from typing import Final, NamedTuple

import numpy as np

from extproc.embedding.encoder import Encoder
from extproc.routers.candidate import Candidates
from extproc.routers.prototypes import Matrix, Prototypes, texts, texts_of

ALIKE: Final = 0.55
"""Mean similarity of one description's phrases to the other's: thorough descriptions of neighbouring tasks
have 0.3 to 0.4, two that mean the same 0.4 to 0.8. A few words each ("Books hotels", "Books flights") come
near it, too."""


class Overlap(NamedTuple):
    """Two candidates, and what is most alike in them."""

    first: str
    second: str
    likeness: float
    """In [0, 1]; at least `ALIKE`."""
    first_phrase: str
    second_phrase: str


def overlaps(encoder: Encoder, candidates: Candidates) -> tuple[Overlap, ...]:
    """The pairs that are too alike, the worst first. Blocks for a second; EmbeddingUnavailable."""
    if len(candidates) < 2:
        return ()
    rows = Prototypes(candidates, encoder.encode_now(texts(candidates))).rows
    pairs = (
        _overlap(candidates, rows, one, other)
        for one in range(len(candidates))
        for other in range(one + 1, len(candidates))
    )
    return tuple(sorted((pair for pair in pairs if pair.likeness >= ALIKE), key=lambda pair: -pair.likeness))


def _overlap(candidates: Candidates, rows: tuple[Matrix, ...], one: int, other: int) -> Overlap:
    cosines = rows[one] @ rows[other].T
    likeness = max(cosines.max(axis=1).mean(), cosines.max(axis=0).mean())
    here, there = np.unravel_index(int(cosines.argmax()), cosines.shape)
    first, second = candidates[one], candidates[other]
    said = texts_of(first)[here], texts_of(second)[there]
    return Overlap(first.name, second.name, round(float(likeness), 2), *said)
