"""What a person said in one message, read with the lexicons of their language."""

from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from extproc.signals import own, words
from extproc.signals.lexicon import LANGUAGES, Lexicon, lexicon, merged
from extproc.signals.phrases import Match
from extproc.signals.spelling import Speller
from extproc.signals.taxonomy import Leaf
from extproc.signals.words import Words

_NEGATABLE: Final = frozenset(
    leaf.short for leaf in (Leaf.ESCALATION, Leaf.QUIT, Leaf.GRATITUDE, Leaf.CONFIRMATION, Leaf.SUCCESS)
)
"""Phrases that a "not" shortly before takes back."""

_GLAD: Final = frozenset(leaf.short for leaf in (Leaf.GRATITUDE, Leaf.CONFIRMATION, Leaf.SUCCESS))

_NEGATED_WITHIN: Final = 4

_OPENING_WORDS: Final = 2
_REPLY_WORDS: Final = 14
_THANKS_WORDS: Final = 6
"""A longer first message that says thanks asks for something, too."""


class Speech(NamedTuple):
    """One message of a person."""

    text: str
    """Of a long message both ends."""
    masked: str
    """The text with blanks where it is not theirs by its form (`own.masked`); as long as the text."""
    words: Words
    own: list[bool]
    """Which of the words are theirs (`own`)."""
    matches: list[Match]
    lexicon: Lexicon
    first: bool
    """Nobody has answered yet."""
    asked: bool
    """The agent asked something just before."""

    def found(self, section: str) -> Match | None:
        """The first phrase of `section` that holds here."""
        return next((m for m in self.matches if m.phrase.name == section and self._holds(m)), None)

    def all(self, section: str) -> list[Match]:
        """All of its phrases that hold here."""
        return [m for m in self.matches if m.phrase.name == section and self._holds(m)]

    def _holds(self, match: Match) -> bool:
        phrase = match.phrase
        if self.first and not phrase.first_too and not self._opens(match):
            return False
        if phrase.not_answer and self.asked:
            return False
        if phrase.name in _GLAD and self._taken_back(match.end):
            return False
        return phrase.name not in _NEGATABLE or not self._negated(match.start)

    def _opens(self, match: Match) -> bool:
        """Whether a first message is nothing but this: it answers something that we did not see."""
        few = _THANKS_WORDS if match.phrase.name == Leaf.GRATITUDE.short else _REPLY_WORDS
        return match.start <= _OPENING_WORDS and len(self.words) <= few

    def _taken_back(self, at: int) -> bool:
        """ "Great, but …"."""
        followed = at < len(self.words) and self.words.breaks[at] < words.HARD
        return followed and self.words.folded[at] in self.lexicon.but

    def _negated(self, at: int) -> bool:
        for number in range(at - 1, max(-1, at - 1 - _NEGATED_WITHIN), -1):
            if self.words.breaks[number + 1] > words.NONE:
                return False
            if self.words.folded[number] in self.lexicon.negation:
                return True
        return False

    def is_stop(self, word: str) -> bool:
        """Whether `word` is a function word of the person's language."""
        return word in self.lexicon.stop

    def mine(self) -> list[str]:
        """Their own words."""
        return [word for word, own_ in zip(self.words.folded, self.own, strict=True) if own_]

    def span(self, match: Match) -> tuple[int, int]:
        """Where `match` stands in the text."""
        return self.words.starts[match.start], self.words.ends[match.end - 1]


def read(text: str, votes: dict[str, int], *, first: bool, asked: bool) -> Speech:
    """`text` as speech. Counts the words that tell the language into `votes`."""
    text = own.ends(text)
    masked = own.masked(text)
    split = words.split(masked)
    _vote(split, votes)
    languages = _spoken(votes)
    known = merged(languages)
    right = speller(languages).right
    said = replace(split, folded=[right(word) for word in split.folded])
    mine = own.own(said, list(known.frames.find(said)))
    matches = list(known.signs.find(said, mine))
    return Speech(text, masked, said, mine, matches, known, first, asked)


@lru_cache(maxsize=64)
def speller(languages: tuple[str, ...]) -> Speller:
    """The one for people who write these languages."""
    known = merged(languages)
    sources = (known.signs.vocabulary, known.frames.vocabulary, known.stop, known.request, known.negation)
    return Speller(word for source in sources for word in source)


def _vote(split: Words, votes: dict[str, int]) -> None:
    folded = set(split.folded)
    for language in LANGUAGES:
        votes[language] = votes.get(language, 0) + len(folded & lexicon(language).stop)
    votes["zh"] += sum(words.is_cjk(word) for word in folded)


def _spoken(votes: dict[str, int]) -> tuple[str, ...]:
    """The languages that may be spoken; English always, as everyone mixes it in."""
    most = max(votes.values())
    return tuple(one for one in LANGUAGES if one == "en" or not most or votes[one] >= 0.5 * most)
