"""From signals to one number: 100 is as good as it gets, 0 is as bad, and both are reached.

50 is a conversation that shows nothing. Satisfaction lifts it, everything else lowers it: by what kind of
signal it is, how sure, how often (each more of its kind counts less), and whether the person was content
afterwards.
Plano's formula (`plano_score`) is the alternative.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from extproc.signals.signal import Signal
from extproc.signals.state import State
from extproc.signals.taxonomy import CATEGORY, Category, Leaf

NEUTRAL: Final = 50.0

WEIGHT: Final[Mapping[Leaf, float]] = MappingProxyType(
    {
        Leaf.CORRECTION: -10,
        Leaf.REPHRASE: -6,
        Leaf.CLARIFICATION: -6,
        Leaf.DRAGGING: -15,
        Leaf.REPETITION: -11,
        Leaf.ESCALATION: -38,
        Leaf.QUIT: -36,
        Leaf.NEGATIVE_STANCE: -24,
        Leaf.GRATITUDE: 22,
        Leaf.CONFIRMATION: 20,
        Leaf.SUCCESS: 26,
        Leaf.INVALID_ARGS: -7,
        Leaf.BAD_QUERY: -7,
        Leaf.TOOL_NOT_FOUND: -9,
        Leaf.AUTH_MISUSE: -13,
        Leaf.STATE_ERROR: -9,
        Leaf.RETRY: -16,
        Leaf.PARAMETER_DRIFT: -14,
        Leaf.OSCILLATION: -18,
        Leaf.API_ERROR: -11,
        Leaf.TIMEOUT: -11,
        Leaf.RATE_LIMIT: -11,
        Leaf.NETWORK: -12,
        Leaf.MALFORMED_RESPONSE: -11,
        Leaf.CONTEXT_OVERFLOW: -13,
    }
)
"""What the first signal of each kind is worth when it is certain."""

_MORE: Final = 0.5
"""Each further signal of a kind counts this much of the one before."""

_MENDED: Final = 0.35
"""What is left of a trouble after which the person showed that they were content."""

_LEFT_OPEN: Final = -8.0
"""More for a conversation that ends in tools' errors, with nothing said to it."""


class Quality(StrEnum):
    """A score in a word; the bounds are Plano's."""

    EXCELLENT = "excellent"
    GOOD = "good"
    NEUTRAL = "neutral"
    POOR = "poor"
    SEVERE = "severe"


def quality(score: float) -> Quality:
    """The word for `score`."""
    bounds = ((75, Quality.EXCELLENT), (60, Quality.GOOD), (40, Quality.NEUTRAL), (25, Quality.POOR))
    return next((word for least, word in bounds if score >= least), Quality.SEVERE)


def severity(count: int) -> int:
    """0 none, 1 mild (1-2), 2 moderate (3-4), 3 severe, of so many signals of a category."""
    return 0 if count == 0 else 1 if count <= 2 else 2 if count <= 4 else 3


def score(state: State) -> float:
    """That of a conversation, in [0, 100]."""
    total = NEUTRAL + sum(_worth(leaf, state) for leaf in state.counts)
    if _ends_in_error(state):
        total += _LEFT_OPEN
    return round(min(100.0, max(0.0, total)), 1)


def _worth(leaf: Leaf, state: State) -> float:
    """Of all signals of a kind, the strongest first."""
    kept = [signal for signal in state.signals if signal.type is leaf]
    strengths = sorted((_strength(signal, state.last_good) for signal in kept), reverse=True)
    strengths += [0.5] * (state.counts[leaf] - len(kept))
    return WEIGHT[leaf] * sum(strength * _MORE**rank for rank, strength in enumerate(strengths[:16]))


def _strength(signal: Signal, last_good: int) -> float:
    mended = signal.message < last_good and CATEGORY[signal.type] is not Category.SATISFACTION
    return signal.confidence * (_MENDED if mended else 1.0)


def _ends_in_error(state: State) -> bool:
    return bool(state.calls) and state.calls[-1].failed and state.last_good < state.calls[-1].message


def worst(signals: Sequence[Signal]) -> Signal | None:
    """The signal that weighs most against the conversation."""
    bad = [signal for signal in signals if WEIGHT[signal.type] < 0]
    return min(bad, key=lambda signal: WEIGHT[signal.type] * signal.confidence, default=None)
