"""Misalignment: the person corrects the agent, asks the same in other words, or did not understand it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from extproc.signals import words
from extproc.signals.signal import Signal, around
from extproc.signals.speech import Speech
from extproc.signals.state import State
from extproc.signals.taxonomy import Leaf

_CONTRAST: Final = "contrast"
"""Sections: the "not" of "the 14th, not the 4th","""
_REFUSAL: Final = "refusal"
"""and the "no" that stands before what one wanted."""

_SHORT_WORDS: Final = 16
_ALIKE_MIN: Final = 3
_ALIKE: Final = 0.7
_SLOT: Final = 3


def misalignment(speech: Speech, message: int, state: State) -> Iterator[Signal]:
    """Those of one message; most specific first, and at most one that has no words of its own."""
    correction = _said(speech, Leaf.CORRECTION, message, 0.9) or _structure(speech, message, state)
    rephrase = _said(speech, Leaf.REPHRASE, message, 0.9)
    clarification = None if correction else _said(speech, Leaf.CLARIFICATION, message, 0.85)
    found = [signal for signal in (correction, rephrase, clarification) if signal]
    yield from found
    if not found and not speech.first and (again := _again(speech, message, state)):
        yield again


def _said(speech: Speech, leaf: Leaf, message: int, confidence: float) -> Signal | None:
    match = speech.found(leaf.short)
    if match is None:
        return None
    start, end = speech.span(match)
    return Signal(leaf, message, confidence, around(speech.text, start, end), {"pattern_type": leaf.short})


def _structure(speech: Speech, message: int, state: State) -> Signal | None:
    """ "X, not Y" where the agent said Y; "no, X" where the person had said X before."""
    if speech.first or len(speech.words) > _SHORT_WORDS or "?" in speech.text:
        return None
    at = _contrast(speech, state)
    if at is None:
        at = _refusal(speech, state)
    if at is None:
        return None
    snippet = around(speech.text, speech.words.starts[at], len(speech.text))
    return Signal(Leaf.CORRECTION, message, 0.75, snippet, {"pattern_type": "contrast"})


def _contrast(speech: Speech, state: State) -> int | None:
    for match in speech.all(_CONTRAST):
        denied = _content(speech, speech.words.folded[match.end : match.end + 3])
        if denied and denied[0] in state.agent_stems:
            return match.start
    return None


def _refusal(speech: Speech, state: State) -> int | None:
    match = speech.found(_REFUSAL)
    if match is None or state.asked or not state.said or state.said[-1].open:
        return None
    wanted = _content(speech, speech.words.folded[match.end :])
    before = {stem for said in state.said for stem in said.stems}
    return match.start if any(stem in before for stem in wanted) else None


def _again(speech: Speech, message: int, state: State) -> Signal | None:
    """The same request once more: nearly the same words, with nothing new that asks for something else."""
    if state.asked or not state.said:
        return None
    now = _content(speech, speech.mine())
    for said in state.said[-2:]:
        if _reworded(now, said.stems) and not _parallel(speech, said.stems):
            metadata: dict[str, Any] = {"pattern_type": "semantic_rephrase", "compared_to": said.message}
            return Signal(Leaf.REPHRASE, message, 0.7, around(speech.text, 0, len(speech.text)), metadata)
    return None


def _reworded(now: Sequence[str], before: Sequence[str]) -> bool:
    new, old = set(now), set(before)
    if min(len(new), len(old)) < _ALIKE_MIN:
        return False
    common = len(new & old)
    return common >= _ALIKE_MIN and common >= _ALIKE * min(len(new), len(old)) and len(new) <= 2 * len(old)


def _parallel(speech: Speech, before: Sequence[str]) -> bool:
    """Whether it asks the same about something else: another number, name or single word."""
    old = set(before)
    fresh = [
        number
        for number, word in enumerate(speech.words.folded)
        if not speech.is_stop(word) and word[:5] not in old and not words.is_cjk(word)
    ]
    named = any(_is_name(speech, number) for number in fresh)
    return named or _swapped(_content(speech, speech.words.folded), before)


def _swapped(now: Sequence[str], before: Sequence[str]) -> bool:
    """Whether one place of the sentence was filled with something else."""
    head = _common(now, before)
    tail = _common(now[head:][::-1], before[head:][::-1])
    fresh, gone = len(now) - head - tail, len(before) - head - tail
    return 0 < fresh <= _SLOT and 0 < gone <= _SLOT


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _is_name(speech: Speech, number: int) -> bool:
    word = speech.text[speech.words.starts[number] : speech.words.ends[number]]
    inside = speech.words.breaks[number] < words.COLON
    return any(c.isdigit() for c in word) or (inside and word[:1].isupper())


def _content(speech: Speech, folded: Sequence[str]) -> list[str]:
    """Stems of the words that carry meaning."""
    return words.stems([word for word in folded if not speech.is_stop(word)])
