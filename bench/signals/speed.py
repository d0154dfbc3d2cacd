"""What a turn costs: CPU time of one core."""

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bench.signals.labelled import Conversation
from extproc.signals.analysis import advance
from extproc.signals.reading.replay import rows
from extproc.signals.row import Kind, Row
from extproc.signals.state import State

LONG_CHARS = 8_000
"""A message of a person who pastes a page."""


class Speed(NamedTuple):
    """Microseconds of CPU a turn: a message of the person and all that the agent did for it."""

    mean_us: float
    median_us: float
    p99_us: float
    turns: int
    long_us: float
    """A turn whose message has `LONG_CHARS`."""


def speed(conversations: Sequence[Conversation], rounds: int) -> Speed:
    """Of every turn the quickest of `rounds`, which was disturbed the least."""
    turns = [list(_turns(rows(one.messages))) for one in conversations]
    times = [_times(turns) for _ in range(rounds)]
    best = sorted(min(samples) for samples in zip(*times, strict=True))
    return Speed(
        mean_us=sum(best) / len(best),
        median_us=best[len(best) // 2],
        p99_us=best[int(len(best) * 0.99)],
        turns=len(best),
        long_us=min(_long() for _ in range(rounds)),
    )


def _turns(conversation: Iterable[Row]) -> Iterable[list[Row]]:
    turn: list[Row] = []
    for row in conversation:
        if row.kind is Kind.HUMAN and turn:
            yield turn
            turn = []
        turn.append(row)
    yield turn


def _times(conversations: Sequence[Sequence[list[Row]]]) -> list[float]:
    spent: list[float] = []
    for turns in conversations:
        state = State()
        for turn in turns:
            begin = time.thread_time_ns()
            advance(state, turn)
            spent.append((time.thread_time_ns() - begin) / 1000)
    return spent


def _long() -> float:
    sentence = "I would like to know whether what you said about this is what it does, and so on. "
    text = (sentence * (LONG_CHARS // len(sentence) + 1))[:LONG_CHARS]
    state = State()
    advance(state, [Row(Kind.HUMAN, "hello", 0), Row(Kind.AGENT, "Hello, what can I do?", 1)])
    begin = time.thread_time_ns()
    advance(state, [Row(Kind.HUMAN, text, 2), Row(Kind.AGENT, text, 3)])
    return (time.thread_time_ns() - begin) / 1000
