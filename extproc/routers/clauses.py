"""A question cut where it may begin to ask for something else: "weather in Paris | and flights there"."""

import re
from typing import Final

from extproc.limits import CLAUSES_MAX

_JOINTS: Final = (
    r"(?:and|then|also|plus|after that|by the way|additionally|furthermore|et|puis|und|dann|y|luego)"
)
_STOPS: Final = r"[。\uff1f\uff01\uff1b\uff0c、]"
"""Chinese and Japanese ones, after which no space is needed."""
_CUT: Final = re.compile(
    rf"(?:[.?!;]+\s+|\s*[,;\n]\s*|\s+(?={_JOINTS}\b)|\s*{_STOPS}\s*)(?:{_JOINTS}\b[\s,]*)*", re.IGNORECASE
)
_CONTINUING: Final = re.compile(
    r"\s*(?:and|or|but|also|(?:what|how) about|und|oder|et|ou|y|o|e|那|和|还有)\b", re.IGNORECASE
)
_FRAGMENT_WORDS: Final = 5
_WORD_CHARS: Final = 4
"""A shorter word names no task."""
_SPACELESS_CHARS: Final = 3
_SPACELESS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def clauses(text: str) -> tuple[str, ...]:
    """Its clauses in order; none where there is only one, or so many that it is no question but a
    document. Those of one word are the first to be left out."""
    parts = [clause for part in _CUT.split(text) if (clause := part.strip(" .,;?!"))]
    for found in (list(filter(_counts, parts)), list(filter(_says_something, parts))):
        if 2 <= len(found) <= CLAUSES_MAX:
            return tuple(found)
    return ()


def is_word(clause: str) -> bool:
    """Whether it is a single word: it may be what is asked for ("weather and flights"), a name or a city."""
    return " " not in clause and _SPACELESS.search(clause) is None


def continues(text: str) -> bool:
    """A few words that go on from what was said before: "and on Sunday?"."""
    return _CONTINUING.match(text) is not None and len(text.split()) <= _FRAGMENT_WORDS


def _counts(clause: str) -> bool:
    """Whether it may be a task."""
    return _says_something(clause) or (is_word(clause) and len(clause) >= _WORD_CHARS)


def _says_something(clause: str) -> bool:
    """Two words at least."""
    return not is_word(clause) and (" " in clause or len(clause) >= _SPACELESS_CHARS)
