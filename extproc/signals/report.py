"""What is told of a conversation: its signals by category, a score, a word for it."""

from enum import StrEnum
from typing import Any

import msgspec

from extproc.signals.plano_score import plano_score
from extproc.signals.scoring import Quality, quality, score, severity
from extproc.signals.signal import Signal
from extproc.signals.stagnation import efficiency
from extproc.signals.state import State
from extproc.signals.taxonomy import CATEGORY, Category, Leaf


class Scoring(StrEnum):
    """Which formula."""

    OWN = "own"
    PLANO = "plano"


class Group(msgspec.Struct, frozen=True):
    """The signals of one category."""

    category: Category
    count: int
    severity: int
    """0 to 3 (`scoring.severity`)."""
    signals: tuple[Signal, ...]
    """In the order of the conversation; of very many the latest."""


class Report(msgspec.Struct, frozen=True):
    """A conversation so far."""

    groups: dict[Category, Group]
    """All seven."""
    score: float
    """In [0, 100]; lower wants a look sooner."""
    quality: Quality
    turns: int
    """Messages of the person."""
    efficiency: float

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All of them, by message."""
        found = [signal for group in self.groups.values() for signal in group.signals]
        return tuple(sorted(found, key=lambda signal: signal.message))

    @property
    def leaves(self) -> frozenset[Leaf]:
        """The kinds that were seen."""
        return frozenset(signal.type for signal in self.signals)


def report(state: State, scoring: Scoring = Scoring.OWN) -> Report:
    """That of `state`."""
    total = plano_score(state) if scoring is Scoring.PLANO else score(state)
    return Report(
        groups={category: _group(state, category) for category in Category},
        score=total,
        quality=quality(total),
        turns=state.turns,
        efficiency=round(efficiency(state.turns), 3),
    )


def _group(state: State, category: Category) -> Group:
    signals = [signal for signal in state.signals if CATEGORY[signal.type] is category]
    signals.sort(key=lambda signal: signal.message)
    count = state.count(category)
    return Group(category, count, severity(count), tuple(signals))


def as_replay(told: Report) -> dict[str, Any]:
    """In the shape of Plano's replay program, with our score beside it."""
    groups = told.groups
    layers = {f"{layer}_signals": {} for layer in ("interaction", "execution", "environment")}  # type: dict[str, dict[str, Any]]
    for category in Category:
        layers[f"{category.layer}_signals"][category.short] = {
            "category": category.short,
            "count": groups[category].count,
            "severity": groups[category].severity,
            "signals": [_signal(signal) for signal in groups[category].signals],
        }
    return {
        **layers,
        "overall_quality": told.quality.value,
        "score": told.score,
        "summary": summary(told),
    }


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "signal_type": signal.type.value,
        "message_index": signal.message,
        "snippet": signal.snippet,
        "confidence": signal.confidence,
        "metadata": signal.metadata,
    }


def summary(told: Report) -> str:
    """One line, as Plano words it."""
    layers: dict[str, list[str]] = {}
    for category, group in told.groups.items():
        text = f"{category.short}: {group.count}" + (f" (sev {group.severity})" if group.count else "")
        layers.setdefault(category.layer.title(), []).append(text)
    parts = [
        f"Overall Quality: {told.quality.value}",
        f"Turns: {told.turns} (efficiency: {told.efficiency:.1%})",
        *(f"{layer} — {', '.join(texts)}" for layer, texts in layers.items()),
        *_remarks(told),
    ]
    return " | ".join(parts)


def _remarks(told: Report) -> list[str]:
    misaligned = told.groups[Category.MISALIGNMENT].count / max(told.turns, 1)
    repeated = told.groups[Category.STAGNATION].count
    escalated = sum(s.type is Leaf.ESCALATION for s in told.groups[Category.DISENGAGEMENT].signals)
    remarks = []
    if misaligned > 0.3:
        remarks.append(f"High misalignment rate: {misaligned:.1%} of user turns")
    if repeated > 2:
        remarks.append(f"Looping detected: {repeated} repetitions")
    if escalated:
        remarks.append(f"Escalation requested: {escalated}")
    return remarks
