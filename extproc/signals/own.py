"""Which words of a message are the person's own, said to the agent about this conversation.

Not their own: what is quoted or pasted, code, what is to be translated, answered or written for them, what
others said, and what only might be ("if it doesn't work").
"""

import re
from collections.abc import Sequence
from typing import Final

from extproc.signals import words
from extproc.signals.phrases import Match
from extproc.signals.words import Words

_FENCE: Final = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`", re.DOTALL)
_QUOTED: Final = re.compile(
    r"“[^”]{1,2000}[”\"]|„[^“”\"]{1,2000}[“”\"]|«[^»]{1,2000}»|‹[^›]{1,2000}›|「[^」]{1,2000}」|『[^』]{1,2000}』"
    r"|‘[^’]{2,2000}’(?!\w)|\"[^\"]{1,2000}\"|(?<![^\s(:])'[^'\n]{3,300}'(?![\w'])"
)
_LINES: Final = re.compile(
    r"^[ \t]*>.*$"
    r"|^.*\b\d{2}:\d{2}:\d{2}\b.*$"
    r"|^[ \t]*(?:at [\w$.]+\(|File \".*\", line|Traceback|\$ |>>> |[|+#]{1,3} ?[-=|]).*$"
    r"|^\s*(?:[\w.]+(?:Error|Exception)|ERROR|WARN(?:ING)?|FATAL|INFO|DEBUG)\b[:\s].*$"
    r"|^[ \t]*[\w.-]+ ?[:=] ?[\[{\"].*$",
    re.MULTILINE,
)
_MACHINE: Final = re.compile(
    r"\{[^{}]*[\":;][^{}]*\}|</?[a-zA-Z][^<>]{0,200}>|https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?<!\S)[~.]?/[\w./-]+|\b\w+\.(?:[a-z]\w*)\(.*?\)"
)
_QUICK: Final = re.compile(r"[`\"“„«‹「『‘'>{</@:]|~~~|Error|ERROR|WARN|INFO")

OWN_CHARS: Final = 300
"""A longer message is read only at both its ends, this much each: between them people paste."""


def ends(text: str) -> str:
    """`text` itself, or both its ends as two lines."""
    return text if len(text) <= 2 * OWN_CHARS else f"{text[:OWN_CHARS]}\n{text[-OWN_CHARS:]}"


def masked(text: str) -> str:
    """`text` with blanks where it is not the person's own by its form: quotes, code, logs, addresses.

    As long as `text` itself, so that offsets agree.
    """
    if not _QUICK.search(text):
        return text
    for pattern in (_FENCE, _QUOTED, _LINES, _MACHINE):
        text = pattern.sub(_blank, text)
    return text


def _blank(found: re.Match[str]) -> str:
    """A bracket at each end, so that what stood there still parts the words around it."""
    size = len(found.group())
    return "[" + " " * (size - 2) + "]" if size > 1 else " "


TASK: Final = "task"
"""Sections of a lexicon that tell whose words follow: begins a task that has a text for its object,"""
LETTER: Final = "letter"
"""a kind of text (a letter, a poem): with a task, all that follows is its content,"""
REPORTED: Final = "reported"
"""others said it,"""
CONDITION: Final = "condition"
"""it only might be,"""
NOT: Final = "not"
"""a turn of speech that looks like a signal and is none."""
SECTIONS: Final = frozenset({TASK, LETTER, REPORTED, CONDITION, NOT})


def own(text: Words, matches: Sequence[Match]) -> list[bool]:
    """For each word whether it is the person's own; `matches` are those of `SECTIONS`."""
    mine = [True] * len(text)
    letter = next((match.start for match in matches if match.phrase.name == LETTER), None)
    for match in matches:
        name = match.phrase.name
        if name == TASK:
            _disown(mine, match.start, _task_end(text, match, letter))
        elif name == REPORTED:
            _disown(mine, match.start, _next_break(text, match.end, words.HARD))
        elif name == CONDITION:
            _disown(mine, match.start, _next_break(text, match.end, words.SOFT))
        elif name == NOT:
            _disown(mine, match.start, match.end)
    _disown(mine, _payload(text, matches), len(text))
    return mine


def _disown(mine: list[bool], start: int, end: int) -> None:
    mine[start:end] = [False] * (end - start)


def _next_break(text: Words, at: int, depth: int) -> int:
    return next((number for number in range(at, len(text)) if text.breaks[number] >= depth), len(text))


def _task_end(text: Words, task: Match, letter: int | None) -> int:
    """A task ends with its sentence; what is to be written as a letter has the rest of the message in it."""
    end = _next_break(text, task.end, words.HARD)
    return len(text) if letter is not None and task.start <= letter < end else end


def _payload(text: Words, matches: Sequence[Match]) -> int:
    """Where a text begins that was put behind a colon to be worked on; the end where there is none."""
    for number in range(1, len(text)):
        if text.breaks[number] != words.COLON:
            continue
        begin = max((n for n in range(number) if text.breaks[n] >= words.HARD), default=0)
        if any(m.phrase.name in (TASK, LETTER) and begin <= m.start < number for m in matches):
            return number
    return len(text)
