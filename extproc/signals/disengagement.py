"""Disengagement: the person wants a human being, gives up, or is angry."""

import re
from collections.abc import Iterator
from typing import Any, Final

from extproc.signals import words
from extproc.signals.signal import Signal, around
from extproc.signals.speech import Speech
from extproc.signals.state import State
from extproc.signals.taxonomy import Leaf

_ANGRY: Final = frozenset("😡🤬👎🙄😤💢😠😒🖕😾🤦")
_SHOUTED: Final = re.compile(r"(?=[?!？！]{0,8}[?？])[?!？！]{3,}")
_SQL: Final = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WHERE|BY)\b.*\b[A-Z_]{3,}")

_FEW_WORDS: Final = 3
_LOUD_LETTERS: Final = 10
_LOUD_WORDS: Final = 3
_LONG_LETTERS: Final = 5
"""Abbreviations are shorter."""
_LOUD_SHARE: float = 0.8


def disengagement(speech: Speech, message: int, state: State, *, glad: bool) -> Iterator[Signal]:
    """Those of one message; `glad`: it has signs of satisfaction, so that mere loudness is joy."""
    for leaf, confidence in ((Leaf.ESCALATION, 0.95), (Leaf.QUIT, 0.85)):
        if match := speech.found(leaf.short):
            snippet = around(speech.text, *speech.span(match))
            yield Signal(leaf, message, confidence, snippet, {"pattern_type": leaf.short})
    negative = _negative(speech, message, state, glad=glad)
    if negative:
        yield negative


def _negative(speech: Speech, message: int, state: State, *, glad: bool) -> Signal | None:
    """One signal however many signs there are: the clearest is told, the others are counted in."""
    signs: list[tuple[str, int, int, float]] = []
    for section, confidence in (("profanity", 0.9), ("complaint", 0.85)):
        if match := speech.found(section):
            signs.append((section, *speech.span(match), confidence))
    if not glad and not speech.first:
        signs += _loudness(speech, state)
    if not signs:
        return None
    kind, start, end, confidence = signs[0]
    metadata: dict[str, Any] = {"indicator_type": kind}
    if len(signs) > 1:
        metadata["indicators"] = [sign[0] for sign in signs]
    confidence = min(0.98, confidence + 0.05 * (len(signs) - 1))
    return Signal(Leaf.NEGATIVE_STANCE, message, confidence, around(speech.text, start, end), metadata)


def _loudness(speech: Speech, state: State) -> Iterator[tuple[str, int, int, float]]:
    if is_loud(speech) and 2 * state.loud < state.turns:  # some people always write so
        yield "all_caps", 0, len(speech.text), 0.8
    found = _SHOUTED.search(speech.masked)
    if found and _is_impatient(speech):
        yield "excessive_punctuation", 0, found.end(), 0.65
    for number, word in enumerate(speech.words.folded):
        if word in _ANGRY and speech.own[number]:
            at = speech.words.starts[number]
            yield "emoji", at, at + 1, 0.8
            return


def _is_impatient(speech: Speech) -> bool:
    """ "Hello???", "why won't it open???", but not "why is the sky blue???"."""
    said = speech.mine()
    return len(said) <= _FEW_WORDS or any(word in speech.lexicon.negation for word in said)


def is_loud(speech: Speech) -> bool:
    """Whether it is shouted: words of a language in capitals, not abbreviations and not SQL."""
    spoken = [
        speech.text[start:end]
        for start, end, mine in zip(speech.words.starts, speech.words.ends, speech.own, strict=True)
        if mine and end - start > 1
    ]
    spoken = [word for word in spoken if word.isalpha() and word.lower() != word.upper()]
    loud = [word for word in spoken if word.isupper()]
    return (
        len(loud) >= _LOUD_WORDS
        and len(loud) >= _LOUD_SHARE * len(spoken)
        and sum(map(len, loud)) >= _LOUD_LETTERS
        and any(speech.is_stop(words.fold(word)) for word in loud)
        and any(len(word) >= _LONG_LETTERS for word in loud)
        and not _SQL.search(speech.text)
    )
