"""What the router answers to labelled questions."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bench.routing.dataset import Dataset, Question
from extproc.routers.candidate import Candidates, Choice
from extproc.routers.embedded import EmbeddedRouter

Asked = list[tuple[Question, Choice]]


class Result(NamedTuple):
    """Shares, of which each is in [0, 1]."""

    examples: int
    best: float
    """Of the questions meant for somebody: the best score is the right one's."""
    halves: tuple[float, float]
    """The same of every other question, and of the rest."""
    chosen: float
    """The choice is exactly right: nobody and several count as wrong."""
    sure: float
    """The router was sure."""
    right_where_sure: float
    none_for_nobody: float
    """Of the questions meant for nobody: nobody was chosen."""
    unsure_for_nobody: float
    """The same, or the router was unsure."""
    compound: tuple[int, int]
    """Right, asked."""
    conversations: tuple[int, int]
    confusions: tuple[tuple[str, str, int], ...]
    """Meant for, best score, how often: the most frequent."""


async def result(router: EmbeddedRouter, data: Dataset, examples: int) -> Result:
    """With so many examples for each agent."""
    candidates = data.candidates(examples)
    asked = await _ask(router, data.questions, candidates)
    meant = [(question, choice) for question, choice in asked if question.agents]
    nobody = [choice for question, choice in asked if not question.agents]
    hits = [_best(choice) == question.agents[0] for question, choice in meant]
    sure = [(question, choice) for question, choice in meant if choice.sure]
    return Result(
        examples=examples,
        best=_share(hits),
        halves=(_share(hits[::2]), _share(hits[1::2])),
        chosen=_share([choice.names == question.agents for question, choice in meant]),
        sure=len(sure) / len(meant),
        right_where_sure=_share([choice.names == question.agents for question, choice in sure]),
        none_for_nobody=_share([not choice.names for choice in nobody]),
        unsure_for_nobody=_share([not choice.sure for choice in nobody]),
        compound=_right(await _ask(router, data.compound, candidates)),
        conversations=_right(await _ask(router, data.conversations, candidates)),
        confusions=_confusions(meant),
    )


async def _ask(router: EmbeddedRouter, questions: Sequence[Question], candidates: Candidates) -> Asked:
    return [(question, await router.choose(question.turns, candidates)) for question in questions]


def _best(choice: Choice) -> str:
    return choice.scores[0].name


def _right(asked: Asked) -> tuple[int, int]:
    return sum(choice.names == question.agents for question, choice in asked), len(asked)


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


def _confusions(meant: Asked) -> tuple[tuple[str, str, int], ...]:
    wrong = Counter(
        (question.agents[0], best)
        for question, choice in meant
        if (best := _best(choice)) != question.agents[0]
    )
    return tuple((right, best, times) for (right, best), times in wrong.most_common(6))
