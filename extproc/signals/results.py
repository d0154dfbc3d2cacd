"""Failure and exhaustion: what a tool's result says of the call, or an answer of the agent's own limits."""

import re
from typing import Any, Final

from extproc.signals.outcome import Outcome, Verdict, classify
from extproc.signals.row import Row
from extproc.signals.signal import Signal, around
from extproc.signals.state import Call
from extproc.signals.taxonomy import CATEGORY, Category, Leaf

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

_FULL: Final = re.compile(
    r"(?:conversation|chat|context)[^.]{0,40}(?:maximum length|too long|length limit|limit reached|window is full)"
    r"|(?:reached|hit|exceeded|ran out of)[^.]{0,30}(?:context (?:window|length|limit)|(?:maximum|max) (?:length|context))"
    r"|(?:kontext(?:fenster|länge)|límite de contexto|limite de contexte|contexto máximo|上下文(?:长度|窗口))",
    re.IGNORECASE,
)
_FULL_CHARS: Final = 400
_SORRY: Final = re.compile(r"sorry|apolog|error|unable|no longer|leider|lo siento|désolé|desculp|抱歉", re.IGNORECASE)


def of_result(row: Row, found: Outcome, call: Call | None) -> tuple[Signal, Verdict] | None:
    """The signal of a tool's result, and why."""
    tool = call.name if call else "unknown"
    verdict = classify(found, tool)
    if verdict is None:
        return None
    failure = CATEGORY[verdict.leaf] is Category.FAILURE
    metadata: dict[str, Any] = {
        "error_type" if failure else "exhaustion_type": verdict.leaf.short,
        "matched": verdict.matched[:80],
        "tool_name": tool,
    }
    if failure:
        metadata["call_index"] = call.message if call else max(0, row.message - 1)
    at = max(0, row.text.find(verdict.matched))
    snippet = around(row.text, at, at + len(verdict.matched), _MARGIN)
    confidence = _CONFIDENCE.get(verdict.leaf, 0.9) - (0 if verdict.sure else _UNSURE)
    return Signal(verdict.leaf, row.message, round(confidence, 2), snippet, metadata), verdict


def of_answer(row: Row) -> Signal | None:
    """The agent's context is full: its API said so, or it says so itself."""
    found = _FULL.search(row.text) if len(row.text) <= _FULL_CHARS and _SORRY.search(row.text) else None
    if row.cut != "context" and found is None:
        return None
    snippet = around(row.text, found.start(), found.end(), _MARGIN) if found else around(row.text, 0, 0, _MARGIN)
    metadata: dict[str, Any] = {"exhaustion_type": Leaf.CONTEXT_OVERFLOW.short}
    return Signal(Leaf.CONTEXT_OVERFLOW, row.message, 0.9 if row.cut else 0.75, snippet, metadata)
