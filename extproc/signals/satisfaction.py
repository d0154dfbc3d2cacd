"""Satisfaction: thanks, approval, "it works"."""

from collections.abc import Iterator
from typing import Final

from extproc.signals import words
from extproc.signals.phrases import Match
from extproc.signals.signal import Signal, around
from extproc.signals.speech import Speech
from extproc.signals.taxonomy import Leaf

_EMOJI: Final = {
    **dict.fromkeys("🙏❤💖💕🥰😍🤗💐😘🙇🫶", Leaf.GRATITUDE),
    **dict.fromkeys("👍👌💯🙌👏🤩😀😃😄😊🙂", Leaf.CONFIRMATION),
    **dict.fromkeys("🎉🥳✅🚀", Leaf.SUCCESS),
}
_FEW_WORDS: Final = 4
"""Beside more words than these an emoji is decoration, or belongs to a task."""


def satisfaction(speech: Speech, message: int) -> Iterator[Signal]:
    """Those of one message. Where it works, that it is good need not be told as well."""
    found = {leaf: match for leaf in _LEAVES if (match := speech.found(leaf.short))}
    thanks = found.get(Leaf.GRATITUDE)
    if thanks is not None and len(found) == 1 and _is_please(speech, thanks):
        del found[Leaf.GRATITUDE]
    by_emoji = {} if speech.first else _emoji(speech)
    if Leaf.SUCCESS in found or Leaf.SUCCESS in by_emoji:
        found.pop(Leaf.CONFIRMATION, None)
        by_emoji.pop(Leaf.CONFIRMATION, None)
    for leaf in _LEAVES:
        if leaf in found:
            start, end = speech.span(found[leaf])
            yield Signal(leaf, message, 0.9, around(speech.text, start, end), {"pattern_type": leaf.short})
        elif leaf in by_emoji:
            start = speech.words.starts[by_emoji[leaf]]
            yield Signal(leaf, message, 0.7, speech.text[start : start + 1], {"pattern_type": "emoji"})


_LEAVES: Final = (Leaf.SUCCESS, Leaf.CONFIRMATION, Leaf.GRATITUDE)


def _is_please(speech: Speech, thanks: Match) -> bool:
    """ "And a receipt, thanks": thanks at the end of a sentence that asks for something."""
    begin = thanks.start
    while begin and speech.words.breaks[begin] < words.HARD:
        begin -= 1
    asking = speech.words.folded[begin : min(begin + 2, thanks.start)]
    return any(word in speech.lexicon.request for word in asking)


def _emoji(speech: Speech) -> dict[Leaf, int]:
    spoken = [word for word in speech.words.folded if not words.is_emoji(word)]
    if len(spoken) > _FEW_WORDS or "?" in speech.text:
        return {}
    found: dict[Leaf, int] = {}
    for number, word in enumerate(speech.words.folded):
        if word in _EMOJI and speech.own[number]:
            found.setdefault(_EMOJI[word], number)
    return found
