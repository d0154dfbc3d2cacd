"""What the detectors find, against what annotators saw."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from bench.signals.labelled import Conversation
from extproc.signals.replay import analyse
from extproc.signals.report import Report, Scoring
from extproc.signals.taxonomy import CATEGORY, Category, Leaf

_ANYWHERE: Final = frozenset({Category.LOOPS})
"""Signals that have no one message: to find them at all is enough; dragging is the other."""


class Judged(NamedTuple):
    """A conversation and what was found in it."""

    conversation: Conversation
    report: Report
    plano_score: float


class Counts(NamedTuple):
    """Right, too many, missed."""

    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """Of what was found, the share that is there; 1 if nothing was found."""
        found = self.right + self.false
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """Of what is there, the share that was found; 1 if there is nothing."""
        there = self.right + self.missed
        return self.right / there if there else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        total = 2 * self.right + self.false + self.missed
        return 2 * self.right / total if total else 1.0


def judge(conversations: Iterable[Conversation]) -> list[Judged]:
    """All of them, analysed."""
    return [
        Judged(one, analyse(one.messages), analyse(one.messages, Scoring.PLANO).score)
        for one in conversations
    ]


def counts(judged: Sequence[Judged], leaf: Leaf | None = None) -> Counts:
    """Kinds of signals by conversation, of all kinds or of one."""
    right = false = missed = 0
    for one in judged:
        there, found = one.conversation.leaves, one.report.leaves
        if leaf is not None:
            there, found = there & {leaf}, found & {leaf}
        right += len(there & found)
        false += len(found - there)
        missed += len(there - found)
    return Counts(right, false, missed)


def instance_counts(judged: Sequence[Judged]) -> Counts:
    """Signals by kind and message: more is asked than `counts` does."""
    right = false = missed = 0
    for one in judged:
        there = {_place(label.type, label.message) for label in one.conversation.labels}
        found = {_place(signal.type, signal.message) for signal in one.report.signals}
        right += len(there & found)
        false += len(found - there)
        missed += len(there - found)
    return Counts(right, false, missed)


def _place(leaf: Leaf, message: int) -> tuple[Leaf, int]:
    anywhere = CATEGORY[leaf] in _ANYWHERE or leaf is Leaf.DRAGGING
    return leaf, -1 if anywhere else message


def false_alarms(judged: Sequence[Judged]) -> tuple[int, int]:
    """Of the conversations without any label: in how many something was found, and how many there are."""
    clean = [one for one in judged if not one.conversation.labels]
    return sum(bool(one.report.signals) for one in clean), len(clean)


def auc(judged: Sequence[Judged], score: Callable[[Judged], float]) -> float:
    """How likely a conversation worth reading scores lower than one that is not (ties count half)."""
    worth = [score(one) for one in judged if one.conversation.review]
    rest = [score(one) for one in judged if not one.conversation.review]
    won = sum((high > low) + 0.5 * (high == low) for low in worth for high in rest)
    return won / (len(worth) * len(rest))
