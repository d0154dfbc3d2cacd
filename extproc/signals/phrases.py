"""The small language in which lexicons say what people say, and the matcher for it.

    that(s| is) not what i (asked|meant|said)     words, and (one|of|several|) of them; an empty one: may miss
    i ~ give up                                   ~ up to two other words, within the same clause
    < forget it >                                 < begins and > ends a clause (but for small words like "ok")
    ^ good $                                      ^ begins and $ ends the whole message, likewise
    want to talk to {human}                       a class, from the lexicon's section [class human]

In front of a phrase, flags: ``!`` it may be in the first message too, ``?`` it is none as the answer to a
question. Words are folded as `words.fold` does it, so phrases are written as one likes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from extproc.signals import words
from extproc.signals.words import Words

_GAP: Final = 2
_FILLERS_MAX: Final = 8
_PIECES: Final = re.compile(r"[(){}|~<>^$]|[^\s(){}|~<>^$]+")

Classes = Mapping[str, str]
"""Names to what stands for them, in the same language."""


class Word(NamedTuple):
    """One of these words."""

    any_of: frozenset[str]


class Choice(NamedTuple):
    """One of these sequences; the empty one means that it may miss."""

    of: tuple["Sequence_", ...]
    by_word: dict[str, list["Sequence_"]]
    """Those that begin with a certain word, so that most need not be tried,"""
    others: tuple["Sequence_", ...]
    """and those that begin with any, or are empty."""


class Mark(NamedTuple):
    """``~``, ``<``, ``>``, ``^`` or ``$``."""

    sign: str


Element = Word | Choice | Mark
Sequence_ = tuple[Element, ...]


class Phrase(NamedTuple):
    """A phrase, ready to be matched."""

    name: str
    """The section it stands in."""
    elements: Sequence_
    first_too: bool
    """May be in the first message of a conversation."""
    not_answer: bool
    """Is none where it answers a question."""
    source: str = ""
    """As the lexicon has it."""


class Match(NamedTuple):
    """Where a phrase was found: words from `start` up to `end`."""

    phrase: Phrase
    start: int
    end: int


def compile_phrase(name: str, source: str, classes: Classes) -> Phrase:
    """One line of a lexicon. Raises `ValueError` for what is no phrase."""
    flags = source[: len(source) - len(source.lstrip("!?"))]
    pieces = _PIECES.findall(_expand(source[len(flags) :], classes))
    elements, rest = _sequence(pieces, 0, inside=False)
    if rest != len(pieces) or not elements:
        raise ValueError(f"no phrase: {source!r}")
    return Phrase(name, elements, "!" in flags, "?" in flags, source)


def _expand(source: str, classes: Classes) -> str:
    for _ in range(4):  # classes may name classes
        source = re.sub(r"\{(\w+)\}", lambda found: f"({classes[found[1]]})", source)
    return source


def _sequence(pieces: list[str], at: int, *, inside: bool) -> tuple[Sequence_, int]:
    elements: list[Element] = []
    while at < len(pieces) and not (inside and pieces[at] in "|)"):
        piece = pieces[at]
        at += 1
        if piece in "|)":
            raise ValueError(f"no phrase, a {piece} without a bracket: {' '.join(pieces)!r}")
        if piece == "(":
            choice, at = _choice(pieces, at)
            elements.append(choice)
        elif piece in "~<>^$":
            elements.append(Mark(piece))
        else:
            elements += [Word(frozenset((word,))) for word in words.split(piece).folded]
    return tuple(elements), at


def _choice(pieces: list[str], at: int) -> tuple[Element, int]:
    options: list[Sequence_] = []
    while True:
        option, at = _sequence(pieces, at, inside=True)
        options.append(option)
        if at >= len(pieces):
            raise ValueError(f"an open bracket: {' '.join(pieces)!r}")
        at += 1
        if pieces[at - 1] == ")":
            return _simplified(options), at


def _simplified(options: list[Sequence_]) -> Element:
    """Single words become one set, which is what makes matching quick."""
    single = [option[0] for option in options if len(option) == 1 and isinstance(option[0], Word)]
    merged = Word(frozenset().union(*(word.any_of for word in single if isinstance(word, Word))))
    others = [option for option in options if not (len(option) == 1 and isinstance(option[0], Word))]
    if not others:
        return merged
    return _choice_of((((merged,),) if single else ()) + tuple(others))


def _choice_of(options: tuple[Sequence_, ...]) -> Choice:
    by_word: dict[str, list[Sequence_]] = defaultdict(list)
    anyhow: list[Sequence_] = []
    for option in options:
        firsts = _firsts(option)
        if firsts is None:
            anyhow.append(option)
        for word in firsts or ():
            by_word[word].append(option)
    return Choice(options, dict(by_word), tuple(anyhow))


class Phrasebook:
    """Many phrases, looked up by the words they can begin with."""

    def __init__(self, phrases: Iterable[Phrase], fillers: frozenset[str]) -> None:
        self.phrases = tuple(phrases)
        self.fillers = fillers
        self._by_word: dict[str, list[tuple[Phrase, frozenset[str] | None]]] = defaultdict(list)
        self.vocabulary: set[str] = set()
        for phrase in self.phrases:
            heads = list(_heads(phrase.elements))
            if not heads:
                raise ValueError(f"a phrase of [{phrase.name}] can begin with anything")
            for word, second in _by_first(heads).items():
                self._by_word[word].append((phrase, second))
            self.vocabulary |= _vocabulary(phrase.elements)

    def find(self, text: Words, own: Sequence[bool] | None = None) -> Iterator[Match]:
        """Every match that lies in words that are the speaker's `own` (``None``: all are); in order."""
        folded, last = text.folded, len(text.folded) - 1
        for start, word in enumerate(folded):
            phrases = self._by_word.get(word)
            if phrases is None or (own is not None and not own[start]):
                continue
            following = folded[start + 1] if start < last else ""
            for phrase, second in phrases:
                if second is not None and following not in second:
                    continue
                end = self._end(text, phrase.elements, start, start)
                if end is not None and (own is None or all(own[start:end])):
                    yield Match(phrase, start, end)

    def _end(self, text: Words, elements: Sequence_, at: int, begin: int) -> int | None:
        """Where `elements`, laid down at word `at`, end; ``None``: they do not fit."""
        for number, element in enumerate(elements):
            if isinstance(element, Word):
                if at >= len(text) or text.folded[at] not in element.any_of or _breaks(text, at, begin):
                    return None
                at += 1
            elif isinstance(element, Choice):
                return self._chosen(text, element, elements[number + 1 :], at, begin)
            elif element.sign == "~":
                return self._gap(text, elements[number + 1 :], at, begin)
            elif not self._holds(element.sign, text, at):
                return None
        return at

    def _chosen(self, text: Words, choice: Choice, rest: Sequence_, at: int, begin: int) -> int | None:
        options = choice.by_word.get(text.folded[at], ()) if at < len(text) else ()
        for option in (*options, *choice.others):
            end = self._end(text, option + rest, at, begin)
            if end is not None:
                return end
        return None

    def _gap(self, text: Words, rest: Sequence_, at: int, begin: int) -> int | None:
        for skipped in range(_GAP + 1):
            if skipped and (at + skipped > len(text) or text.breaks[at + skipped - 1] > words.NONE):
                return None
            end = self._end(text, rest, at + skipped, begin)
            if end is not None:
                return end
        return None

    def _holds(self, sign: str, text: Words, at: int) -> bool:
        """Whether a clause (or the message) begins or ends before word `at`, a few fillers aside."""
        depth = words.SOFT if sign in "<>" else words.HARD + 1
        return (self._begins if sign in "<^" else self._ends)(text, at, depth)

    def _begins(self, text: Words, at: int, depth: int) -> bool:
        for number in range(at, max(-1, at - _FILLERS_MAX), -1):
            if number == 0 or (number < len(text) and text.breaks[number] >= depth):
                return True
            if not self._fills(text.folded[number - 1]):
                return False
        return False

    def _ends(self, text: Words, at: int, depth: int) -> bool:
        for number in range(at, at + _FILLERS_MAX):
            if number >= len(text) or text.breaks[number] >= depth:
                return True
            if not self._fills(text.folded[number]):
                return False
        return False

    def _fills(self, word: str) -> bool:
        return word in self.fillers or words.is_emoji(word)


def _breaks(text: Words, at: int, begin: int) -> bool:
    """Whether a sentence ends before word `at` of a phrase that has begun."""
    return at > begin and text.breaks[at] >= words.COLON


def _heads(elements: Sequence_) -> Iterator[tuple[frozenset[str], Sequence_]]:
    """The words with which `elements` can begin, and what then follows."""
    for number, element in enumerate(elements):
        rest = elements[number + 1 :]
        if isinstance(element, Word):
            yield element.any_of, rest
            return
        if isinstance(element, Choice):
            for option in element.of:
                yield from _heads(option + rest)
            return


def _by_first(heads: Iterable[tuple[frozenset[str], Sequence_]]) -> dict[str, frozenset[str] | None]:
    """For each first word the second ones; ``None``: any, or none at all."""
    found: dict[str, frozenset[str] | None] = {}
    for firsts, rest in heads:
        seconds = _firsts(rest)
        for word in firsts:
            known = found.get(word, frozenset())
            found[word] = None if known is None or seconds is None else known | seconds
    return found


def _firsts(elements: Sequence_) -> frozenset[str] | None:
    """The words with which `elements` can begin; ``None``: any, or they may be over."""
    if not elements or isinstance(elements[0], Mark):
        return None
    if isinstance(elements[0], Word):
        return elements[0].any_of
    found: frozenset[str] = frozenset()
    for option in elements[0].of:
        seconds = _firsts(option + elements[1:])
        if seconds is None:
            return None
        found |= seconds
    return found


def _vocabulary(elements: Sequence_) -> set[str]:
    known: set[str] = set()
    for element in elements:
        if isinstance(element, Word):
            known |= element.any_of
        elif isinstance(element, Choice):
            known |= {word for option in element.of for word in _vocabulary(option)}
    return known
