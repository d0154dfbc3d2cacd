"""A description cut into what can be compared with a question: phrases, and things that people say.

How a description is cut matters more than which model compares: a whole description is about too much to be
like any question. Phrases are its sentences and the parts of lists in them. Where several verbs share an
object, each gets it: "Books, changes and cancels tickets" gives "Books tickets", "changes tickets", "cancels
tickets". A quoted phrase is no phrase about a task but an example of what people say.
"""

import re
from collections.abc import Iterator
from typing import Final

from extproc.limits import PHRASES_MAX
from extproc.routers.candidate import Candidate

_QUOTED: Final = re.compile(r'(?<!\w)["“](?=\S)([^"“”]{3,})["”]')
_SENTENCE_END: Final = re.compile(r"(?<=[.;!?])\s+|\n")
_LIST: Final = re.compile(
    r"\s*(?:[,;:()]|\b(?:and/or|and|or|as well as|such as|including)\b|\s[\u2013\u2014-]\s)\s*"
)
_VERBS_MAX: Final = 6
"""Verbs that may share an object."""
_EDGES: Final = " .,;:!?-"


def phrases(candidate: Candidate) -> tuple[str, ...]:
    """Of its description, in their order; of its name, where nothing is described."""
    text = _QUOTED.sub(" ", candidate.description)
    found = [phrase for sentence in _sentences(text) for phrase in (sentence, *_parts(sentence))]
    if not found and not examples(candidate):
        found = [" ".join(re.split(r"[\W_]+", candidate.name)).strip() or candidate.name]
    return tuple(dict.fromkeys(found))[:PHRASES_MAX]


def examples(candidate: Candidate) -> tuple[str, ...]:
    """What people say: its examples and the quoted phrases of its description."""
    quoted = (phrase.strip() for phrase in _QUOTED.findall(candidate.description))
    said = (text for text in (*candidate.examples, *quoted) if text.strip())
    return tuple(dict.fromkeys(said))[:PHRASES_MAX]


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        if (plain := sentence.strip(_EDGES)) and any(map(str.isalnum, plain)):
            yield plain


def _parts(sentence: str) -> list[str]:
    found = [part.strip(_EDGES) for part in _LIST.split(sentence)]
    found = [part for part in found if part]
    if len(found) < 2:
        return []
    return [_with_object(part, found[place + 1 : place + _VERBS_MAX]) for place, part in enumerate(found)]


def _with_object(part: str, following: list[str]) -> str:
    """A lone verb with the object of the next part that has one, if that begins with a verb of the same
    form."""
    if " " in part:
        return part
    for other in following:
        verb, _, thing = other.partition(" ")
        if thing:
            return f"{part} {thing}" if _alike(part.lower(), verb.lower()) else part
    return part


def _alike(one: str, other: str) -> bool:
    """Both "books" or both "booking": the forms that descriptions have."""
    if one.endswith("ing"):
        return other.endswith("ing")
    return one.endswith("s") and other.endswith("s") and not one.endswith("ss") and not other.endswith("ss")
