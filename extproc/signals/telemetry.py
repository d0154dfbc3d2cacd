"""Signals as OpenTelemetry attributes and events of the span of a turn, with Plano's names."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from extproc.signals.report import Report
from extproc.signals.scoring import Quality
from extproc.signals.signal import Signal
from extproc.signals.taxonomy import Category

FLAG: Final = " 🚩"
"""Appended to the name of the span of a turn that wants a look."""

Value = str | int | float


class Event(NamedTuple):
    """A span event."""

    name: str
    attributes: dict[str, Value]


def attributes(told: Report) -> dict[str, Value]:
    """Of the whole conversation so far; nothing of what was said."""
    found: dict[str, Value] = {
        "signals.quality": told.quality.value,
        "signals.quality_score": told.score,
        "signals.turn_count": told.turns,
        "signals.efficiency_score": told.efficiency,
    }
    for category, group in told.groups.items():
        if group.count:
            found[f"signals.{category.value}.count"] = group.count
            found[f"signals.{category.value}.severity"] = group.severity
    return found


def events(signals: Iterable[Signal], *, content: bool) -> list[Event]:
    """One for each signal. `content`: with the words themselves (``tracing.capture_content``)."""
    return [_event(signal, content=content) for signal in signals]


def _event(signal: Signal, *, content: bool) -> Event:
    found: dict[str, Value] = {
        "signal.type": signal.type.value,
        "signal.message_index": signal.message,
        "signal.confidence": signal.confidence,
    }
    if content and signal.snippet:
        found["signal.snippet"] = signal.snippet
    metadata = signal.metadata if content else {k: v for k, v in signal.metadata.items() if k != "matched"}
    if metadata:
        found["signal.metadata"] = msgspec.json.encode(metadata).decode()
    return Event(f"signal.{signal.type.value}", found)


def flagged(told: Report) -> bool:
    """Whether the turn wants a look."""
    count = {category: group.count for category, group in told.groups.items()}
    return (
        told.quality in (Quality.POOR, Quality.SEVERE)
        or count[Category.DISENGAGEMENT] > 0
        or count[Category.STAGNATION] > 2
        or count[Category.FAILURE] > 0
        or count[Category.LOOPS] > 0
    )
