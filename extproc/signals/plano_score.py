"""Plano's scoring formula over our detections (`compat: plano`), for people whose dashboards are made for it.

Its best possible score is 69, so that "excellent" cannot be reached; that is kept.
"""

from extproc.signals.scoring import severity
from extproc.signals.state import State
from extproc.signals.taxonomy import Category, Leaf

_SATISFIED = {1: 0.6, 2: 0.8}
_MISALIGNED_SHARE = 0.3


def plano_score(state: State) -> float:
    """That of a conversation, in [0, 100]."""
    disengaged, stagnant = state.count(Category.DISENGAGEMENT), state.count(Category.STAGNATION)
    leaving = state.counts.get(Leaf.ESCALATION, 0) + state.counts.get(Leaf.QUIT, 0)
    if leaving or severity(disengaged) == 3 or severity(stagnant) == 3:
        return 0.0
    total = 50.0
    if satisfied := state.count(Category.SATISFACTION):
        total += 20 * _SATISFIED.get(satisfied, 0.95)
    total -= 10 * severity(disengaged)
    if state.count(Category.MISALIGNMENT) / max(state.turns, 1) > _MISALIGNED_SHARE:
        total -= 15
    if stagnant > 2:
        total -= 8 * severity(stagnant)
    total -= 8 * state.count(Category.FAILURE)
    total -= 5 * state.count(Category.LOOPS)
    total -= 3 * state.count(Category.EXHAUSTION)
    return min(100.0, max(0.0, total))
