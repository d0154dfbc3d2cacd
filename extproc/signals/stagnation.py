"""Stagnation: the same is said again, or the conversation drags on without getting anywhere."""

import itertools
import re
from collections.abc import Sequence
from typing import Any, Final

from extproc.signals import words
from extproc.signals.signal import Signal, around
from extproc.signals.state import Said, State
from extproc.signals.taxonomy import CATEGORY, Category, Leaf

COMPARED_WORDS: Final = 80
"""Of each message its first words are kept and compared."""

LOOKBACK: Final = 8
"""With how many earlier messages of the same speaker one is compared,"""
_NEARBY: Final = 3
"""and with how many of them if it is short or only alike."""
_LONG_WORDS: Final = 5

_COMPARED_CHARS: Final = 10 * COMPARED_WORDS
_CLOSER_CHARS: Final = 160
_EXACT_MIN: Final = {"agent": 3, "human": 4}
_NEAR_MIN: Final = 7
_NEAR: Final = 0.85
_CLOSER: Final = re.compile(
    r"\b(?:anything else|sonst noch|algo más|autre chose|mais alguma coisa)\b|还有(?:其他|什么)",
    re.IGNORECASE,
)
"""Ends an answer with a sentence that anybody says and that makes two answers no more alike."""

BASELINE_TURNS: Final = 5
_DRAGGING_TURNS: Final = 10
_FRICTION_MIN: Final = 2


def remember(text: str, message: int, stems: Sequence[str] = (), *, open_: bool = False) -> Said:
    """What to keep of a message."""
    folded = words.split(_without_closer(text[:_COMPARED_CHARS])).folded[:COMPARED_WORDS]
    return Said(message, folded, list(stems), open_)


def _without_closer(text: str) -> str:
    closer = _CLOSER.search(text, max(0, len(text) - _CLOSER_CHARS))
    if closer is None:
        return text
    return text[: 1 + max(text.rfind(end, 0, closer.start()) for end in ".!?。！？\n")]


def repetition(now: Said, before: Sequence[Said], speaker: str, text: str) -> Signal | None:
    """Whether `now` says again what one of the latest `before` said; `speaker` is ``agent`` or ``human``."""
    for distance, said in enumerate(reversed(before[-LOOKBACK:]), 1):
        if distance > _NEARBY and (now.folded != said.folded or len(now.folded) < _LONG_WORDS):
            continue
        likeness = _likeness(now.folded, said.folded, _EXACT_MIN[speaker])
        if likeness is not None:
            metadata: dict[str, Any] = {
                "repetition_type": "exact" if likeness == 1 else "near_duplicate",
                "compared_to": said.message,
                "similarity": round(likeness, 3),
                "role": speaker,
            }
            return Signal(Leaf.REPETITION, now.message, likeness, around(text, 0, len(text)), metadata)
    return None


def _likeness(now: Sequence[str], before: Sequence[str], exact_min: int) -> float | None:
    if now == before:
        return 1.0 if len(now) >= exact_min else None
    if min(len(now), len(before)) < _NEAR_MIN:
        return None
    pairs, others = _pairs(now), _pairs(before)
    likeness = len(pairs & others) / len(pairs | others)
    return likeness if likeness >= _NEAR and not _swapped(now, before) else None


def _pairs(folded: Sequence[str]) -> set[tuple[str, str]]:
    return set(itertools.pairwise(folded))


def _swapped(now: Sequence[str], before: Sequence[str]) -> bool:
    """Whether it is a form that was filled in anew: the same but for numbers or a word or two."""
    fresh = set(now) ^ set(before)
    if any(any(c.isdigit() for c in word) for word in fresh):
        return True
    return len(now) == len(before) and sum(a != b for a, b in zip(now, before, strict=True)) <= 2


def efficiency(turns: int) -> float:
    """1 up to the baseline, then falling: ten turns are 0.44."""
    return 1.0 if turns <= BASELINE_TURNS else 1 / (1 + 0.25 * (turns - BASELINE_TURNS))


def dragging(message: int, state: State) -> Signal | None:
    """Once a conversation: it is long, and its friction says that it is not long for being pleasant."""
    if state.turns < _DRAGGING_TURNS or state.counts.get(Leaf.DRAGGING):
        return None
    friction = sum(number for leaf, number in state.counts.items() if CATEGORY[leaf] in _FRICTION)
    if friction < _FRICTION_MIN:
        return None
    score = efficiency(state.turns)
    metadata: dict[str, Any] = {
        "total_turns": state.turns,
        "efficiency_score": round(score, 3),
        "baseline_turns": BASELINE_TURNS,
    }
    return Signal(Leaf.DRAGGING, message, round(1 - score, 3), "", metadata)


_FRICTION: Final = frozenset(
    {Category.MISALIGNMENT, Category.STAGNATION, Category.DISENGAGEMENT, Category.FAILURE, Category.LOOPS}
)
