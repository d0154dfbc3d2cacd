"""Conversations at rest, analysed: a line in, a line out, as Plano's replay program does it."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from extproc import limits
from extproc.signals.analysis import advance
from extproc.signals.reading import replay as reading
from extproc.signals.report import Report, Scoring, as_replay, report
from extproc.signals.state import State


class BadLine(ValueError):
    """A line that is no conversation; the message says which and why."""


def analyse(messages: Iterable[Any], scoring: Scoring = Scoring.OWN) -> Report:
    """The report of a whole conversation: rows of the replay format, or messages as OpenAI writes them."""
    state = State()
    advance(state, reading.rows(list(messages)))
    return report(state, scoring)


def replay(lines: Iterable[str], scoring: Scoring = Scoring.OWN) -> Iterator[str]:
    """For each line ``{"id", "messages"}`` a line ``{"id", "report"}``; empty lines are passed over.

    Raises `BadLine`.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            conversation = _conversation(line, number)
            told = as_replay(analyse(conversation["messages"], scoring))
            yield msgspec.json.encode({"id": conversation.get("id"), "report": told}).decode()


def _conversation(line: str, number: int) -> dict[str, Any]:
    if len(line) > limits.REPLAY_LINE_CHARS_MAX:
        raise BadLine(f"line {number}: longer than {limits.REPLAY_LINE_CHARS_MAX} characters")
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise BadLine(f"line {number}: no JSON: {error}") from error
    messages = value.get("messages", value.get("conversations")) if isinstance(value, dict) else None
    if not isinstance(messages, list):
        raise BadLine(f"line {number}: no object with a list `messages`")
    return {**value, "messages": messages}
