"""Failure and exhaustion: what a tool's result says of the call, or an answer of the agent's own limits."""

import re
from typing import Any, Final

from extproc.signals import shapes
from extproc.signals.outcome import Outcome
from extproc.signals.row import Row
from extproc.signals.signal import Signal, around
from extproc.signals.state import Call
from extproc.signals.taxonomy import CATEGORY, Category, Leaf
from extproc.signals.verdict import verdict

_MARGIN: Final = 40

_CONFIDENCE: Final = {
    Leaf.INVALID_ARGS: 0.9,
    Leaf.BAD_QUERY: 0.8,
    Leaf.TOOL_NOT_FOUND: 0.95,
    Leaf.AUTH_MISUSE: 0.85,
    Leaf.STATE_ERROR: 0.85,
    Leaf.MALFORMED_RESPONSE: 0.85,
    Leaf.RATE_LIMIT: 0.95,
}
_UNSURE: Final = 0.15

_FULL_CHARS: Final = 400


def of_result(row: Row, found: Outcome, call: Call | None) -> Signal | None:
    """The signal of a tool's result."""
    tool = call.name if call else "unknown"
    error = verdict(found, tool)
    if error is None:
        return None
    failure = CATEGORY[error.leaf] is Category.FAILURE
    metadata: dict[str, Any] = {
        "error_type" if failure else "exhaustion_type": error.leaf.short,
        "matched": error.matched[:80],
        "tool_name": tool,
    }
    if failure:
        metadata["call_index"] = call.message if call else max(0, row.message - 1)
    at = max(0, row.text.find(error.matched))
    snippet = around(row.text, at, at + len(error.matched), _MARGIN)
    confidence = _CONFIDENCE.get(error.leaf, 0.9) - (0 if error.sure else _UNSURE)
    return Signal(error.leaf, row.message, round(confidence, 2), snippet, metadata)


def of_answer(row: Row) -> Signal | None:
    """The agent's context is full: its API said so, or it says so itself."""
    found = _full(row.text)
    if row.cut != "context" and found is None:
        return None
    snippet = (
        around(row.text, found.start(), found.end(), _MARGIN) if found else around(row.text, 0, 0, _MARGIN)
    )
    metadata: dict[str, Any] = {"exhaustion_type": Leaf.CONTEXT_OVERFLOW.short}
    return Signal(Leaf.CONTEXT_OVERFLOW, row.message, 0.9 if row.cut else 0.75, snippet, metadata)


def _full(text: str) -> re.Match[str] | None:
    """Where a short answer says so, and is sorry."""
    short = len(text) <= _FULL_CHARS
    return shapes.FULL.search(text) if short and shapes.SORRY.search(text) else None
