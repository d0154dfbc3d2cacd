"""Which conversations are worth reading, when only so many can be read.

Most of the budget goes to what went wrong, worst first; but the tenth conversation with the same trouble
teaches little, so each signal already picked makes the next with it weigh less. A part goes to conversations
that went very well, and a part to any at all: what no detector sees is found only there. The same
conversations and the same seed give the same picks, in whatever order they come.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from extproc.signals.report import Report
from extproc.signals.scoring import NEUTRAL, WEIGHT, worst
from extproc.signals.taxonomy import CATEGORY, Category, Leaf

EXEMPLAR_SHARE: Final = 0.1
RANDOM_SHARE: Final = 0.1

_SEEN_BEFORE: Final = 0.6
"""What is left of a signal's weight each time that it was picked,"""
_SEEN_OFTEN: Final = 0.1
"""and however often."""

_EXEMPLAR_SCORE: Final = 75.0
_MENDED_SCORE: Final = 60.0
"""From here on trouble was put right, and hardly weighs."""
_DEPTH_MIN: Final = 0.1
_DEPTH_MAX: Final = 1.2


class Why(StrEnum):
    """Why one was picked."""

    TROUBLE = "trouble"
    EXEMPLAR = "exemplar"
    RANDOM = "random"


class Pick(msgspec.Struct, frozen=True):
    """A conversation to read."""

    id: str
    why: Why
    weight: float
    """How much there is to learn, as far as signals tell; comparable within one triage."""
    leaves: tuple[Leaf, ...] = ()
    """What was seen there, most telling first."""
    look_at: int | None = None
    """The message to begin with: that of the worst signal."""


def triage(reports: Mapping[str, Report], budget: int, seed: str = "") -> list[Pick]:
    """At most `budget` of `reports` (by id), those of trouble first."""
    budget = min(max(budget, 0), len(reports))
    exemplars, randoms = round(budget * EXEMPLAR_SHARE), round(budget * RANDOM_SHARE)
    picks = _troubles(reports, budget - exemplars - randoms, seed)
    picks += _exemplars(reports, {pick.id for pick in picks}, exemplars, seed)
    return picks + _randoms(reports, {pick.id for pick in picks}, budget - len(picks), seed)


def _troubles(reports: Mapping[str, Report], room: int, seed: str) -> list[Pick]:
    """Greedy: the one that weighs most, given what was picked before."""
    left = {id_: weights for id_, told in reports.items() if (weights := _weights(told))}
    picked: Counter[Leaf] = Counter()
    picks: list[Pick] = []
    while left and len(picks) < room:
        id_ = max(left, key=lambda id_: (round(_weight(left[id_], picked), 6), _rank(id_, seed)))
        weights = left.pop(id_)
        picks.append(_pick(id_, Why.TROUBLE, reports[id_], _weight(weights, picked)))
        picked.update(weights)
    return picks


def _weights(told: Report) -> dict[Leaf, float]:
    """What each kind of trouble weighs in a conversation; the score tells how it ended."""
    found: dict[Leaf, float] = {}
    depth = min(_DEPTH_MAX, max(_DEPTH_MIN, (_MENDED_SCORE - told.score) / NEUTRAL))
    for signal in told.signals:
        if WEIGHT[signal.type] < 0:
            worth = -WEIGHT[signal.type] * signal.confidence * depth
            found[signal.type] = max(found.get(signal.type, 0.0), worth)
    return found


def _weight(weights: Mapping[Leaf, float], picked: Counter[Leaf]) -> float:
    return sum(w * max(_SEEN_OFTEN, _SEEN_BEFORE ** picked[leaf]) for leaf, w in weights.items())


def _exemplars(reports: Mapping[str, Report], taken: set[str], room: int, seed: str) -> list[Pick]:
    good = [id_ for id_, told in reports.items() if id_ not in taken and told.score >= _EXEMPLAR_SCORE]
    good.sort(key=lambda id_: (-reports[id_].score, _rank(id_, seed)))
    return [_pick(id_, Why.EXEMPLAR, reports[id_], reports[id_].score - NEUTRAL) for id_ in good[:room]]


def _randoms(reports: Mapping[str, Report], taken: Iterable[str], room: int, seed: str) -> list[Pick]:
    taken = set(taken)
    rest = sorted((id_ for id_ in reports if id_ not in taken), key=lambda id_: _rank(id_, seed))
    return [_pick(id_, Why.RANDOM, reports[id_], 0.0) for id_ in rest[:room]]


def _pick(id_: str, why: Why, told: Report, weight: float) -> Pick:
    leaves = sorted(told.leaves, key=lambda leaf: (WEIGHT[leaf], leaf))
    if why is Why.EXEMPLAR:
        leaves = [leaf for leaf in leaves if CATEGORY[leaf] is Category.SATISFACTION]
    first = worst(told.signals)
    return Pick(id_, why, round(weight, 2), tuple(leaves), first.message if first else None)


def _rank(id_: str, seed: str) -> str:
    """A fixed order that has nothing to do with the ids' own."""
    return hashlib.blake2b(f"{seed}\0{id_}".encode(errors="replace"), digest_size=8).hexdigest()
