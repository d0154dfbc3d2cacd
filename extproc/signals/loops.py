"""Loops: the same calls again, and nothing gained.

The same call three times in a row is a loop unless its results show progress (polling a job does, and so does
working through a list). Calls whose arguments change drift when what they brought was no good; tools in turn
oscillate when the same calls come round again, or the same wall does.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from extproc import limits
from extproc.signals.signal import Signal, around
from extproc.signals.state import Call
from extproc.signals.taxonomy import Leaf

_RUN_MIN: Final = 3
_CYCLES_MIN: Final = 3
_CYCLE_CALLS: Final = range(2, 6)
_ARGUMENT_CHARS: Final = 200

_POLLING: Final = re.compile(
    r"status|state|poll|wait|check|progress|watch|query_task|sleep|job|task|ping", re.IGNORECASE
)


def arguments(text: str) -> str:
    """The arguments of a call in a form that is equal for equal calls."""
    text = text.strip()
    if text.startswith(("{", "[")) and len(text) <= limits.RESULT_PARSED_CHARS_MAX:
        try:
            text = msgspec.json.encode(msgspec.json.decode(text), order="deterministic").decode()
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            text = " ".join(text.split())
    if len(text) > _ARGUMENT_CHARS:
        return digest(text)
    return text


def digest(text: str) -> str:
    """A short stand-in for `text`."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=9).hexdigest()


def loop(calls: Sequence[Call], known: Sequence[Signal]) -> tuple[Signal, bool] | None:
    """The loop that the latest of `calls` is in, and whether it is one of `known` that has grown."""
    found = _retry(calls) or _oscillation(calls) or _drift(calls)
    if found is None:
        return None
    for signal in reversed(known):
        if signal.type is found.type and signal.metadata["end_index"] >= found.message:
            found.message = signal.metadata["start_index"]
            return found, True
        if signal.type is Leaf.RETRY and signal.metadata["end_index"] >= found.message:
            return None  # drift of which a part is a retry: the retry has told it
    return found, False


def _retry(calls: Sequence[Call]) -> Signal | None:
    run = 0
    last = calls[-1]
    for call in reversed(calls):
        if (call.name, call.arguments) != (last.name, last.arguments):
            break
        run += 1
    if run < _RUN_MIN or _progresses(calls[-run:]):
        return None
    return _signal(Leaf.RETRY, calls[-run:], 0.95, call_count=run)


def _progresses(run: Sequence[Call]) -> bool:
    outcomes = [call.outcome for call in run if call.outcome is not None and not call.failed]
    if not outcomes:
        return False
    return len(set(outcomes)) > 1 or (bool(_POLLING.search(run[0].name)) and not run[0].fruitless)


def _drift(calls: Sequence[Call]) -> Signal | None:
    """Same tool, other arguments, and each earlier attempt was in vain."""
    run = 1
    for call in calls[-2::-1]:
        if call.name != calls[-1].name or call.outcome is None or not call.fruitless:
            break
        run += 1
    variants = len({call.arguments for call in calls[-run:]})
    if run < _RUN_MIN or variants < 2:
        return None
    return _signal(Leaf.PARAMETER_DRIFT, calls[-run:], 0.85, call_count=run, variation_count=variants)


def _oscillation(calls: Sequence[Call]) -> Signal | None:
    for size in _CYCLE_CALLS:
        cycles = _cycles(calls, size)
        span = calls[-cycles * size :]
        names = [call.name for call in span[:size]]
        if cycles >= _CYCLES_MIN and len(set(names)) > 1 and _stuck(span, size):
            return _signal(Leaf.OSCILLATION, span, 0.9, pattern=names, cycle_count=cycles)
    return None


def _cycles(calls: Sequence[Call], size: int) -> int:
    """How often the last `size` names came in this order, up to now."""
    names = [call.name for call in calls]
    cycles = 1
    while len(names) >= (cycles + 1) * size:
        end = len(names) - cycles * size
        if names[end - size : end] != names[len(names) - size :]:
            break
        cycles += 1
    return cycles


def _stuck(span: Sequence[Call], size: int) -> bool:
    same = all(call.arguments == span[number % size].arguments for number, call in enumerate(span))
    return same or any(_wall(span[place::size]) for place in range(size))


def _wall(calls: Sequence[Call]) -> bool:
    """The same failure each time (the latest has no result yet)."""
    known = [call for call in calls if call.outcome is not None]
    return len(known) >= 2 and all(c.failed for c in known) and len({c.outcome for c in known}) == 1


def _signal(leaf: Leaf, span: Sequence[Call], confidence: float, **more: Any) -> Signal:
    metadata: dict[str, Any] = {
        "tool_name": span[-1].name,
        "start_index": span[0].message,
        "end_index": span[-1].message,
        "loop_type": leaf.short,
        **more,
    }
    return Signal(leaf, span[0].message, confidence, around(span[-1].arguments, 0, 0, 80), metadata)
