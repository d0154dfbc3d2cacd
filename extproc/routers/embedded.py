"""The embedded router: compares what a user asks with what the candidates say they do.

    newest question ─┬─ sure of one ────────────────────────────▶ it
                     ├─ its clauses are sure of several ────────▶ them, in the order of the text
                     ├─ unsure, but an earlier one was sure ────▶ that one's candidate: a follow-up
                     ├─ fits a bit ─────────────────────────────▶ the best, unsure
                     └─ fits nothing ───────────────────────────▶ none

Two milliseconds of one core, no network, and no cost.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from extproc.embedding.unavailable import EmbeddingUnavailable
from extproc.limits import CANDIDATE_SETS_KEPT, EARLIER_TURNS_MAX, EMBEDDED_S
from extproc.routers.candidate import Candidates, Choice, Conversation, Score, Stage
from extproc.routers.clauses import clauses, continues, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extproc.embedding.encoder import Encoder
    from extproc.routers.prototypes import Prototypes

SURE: Final = 0.8
"""Confidence at which a choice holds by itself: 96 of 100 are right."""

CLAUSE_SURE: Final = 0.7
"""Confidence at which a clause counts as a task of its own."""

FRAGMENT_SURE: Final = 0.97
"""Confidence at which "and the weather?" is more than a follow-up."""

_AMONG_BEST: Final = 3
"""A clause's candidate must be among this many best of the whole question: clauses lack their context."""

CLAUSE_ALONE: Final = 0.95
"""Confidence at which it need not be: of three tasks, the whole question may hide one."""

WORD_SURE: Final = 0.97
"""Confidence at which a clause of one word counts: it lacks all context."""

_WORD_WHOLE: Final = 0.6
"""Confidence that the whole question must have in the candidate of such a word."""


def fits(candidates: int) -> float:
    """Confidence under which none of so many candidates fits. The fewer there are, the more is meant for
    none.

    Of two, it turns away half of what is meant for nobody and one in two hundred of the rest; of ten, a third
    and one in a hundred.
    """
    return min(0.4, 0.15 + 0.5 / candidates)


class _Found(NamedTuple):
    """What one text fits, the best first."""

    scores: tuple[Score, ...]

    @property
    def best(self) -> Score:
        return self.scores[0]

    def among_best(self, name: str) -> bool:
        return any(name == score.name for score in self.scores[:_AMONG_BEST])

    def of(self, name: str) -> float:
        return next(score.score for score in self.scores if score.name == name)


class EmbeddedRouter:
    """Implements `Router`. Tasks of one event loop share it."""

    def __init__(self, encoder: Encoder, *, deadline_s: float = EMBEDDED_S) -> None:
        self._encoder = encoder
        self._deadline_s = deadline_s
        self._prototypes: OrderedDict[Candidates, Prototypes] = OrderedDict()

    async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        """See `Router`. Where it cannot be asked, or has too much to do, none fits."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline_s):
                choice = await self._choose(conversation, candidates)
        except TimeoutError:
            choice = _none(f"The embedded router had no answer within {self._deadline_s:g} s.")
        except EmbeddingUnavailable as error:
            choice = _none(f"The embedded router cannot run: {error}.")
        return msgspec.structs.replace(choice, ms=(time.perf_counter() - started) * 1e3)

    async def warm(self, candidates: Candidates) -> None:
        """Prepare for these, so that the first question about them is as fast as any.
        EmbeddingUnavailable."""
        await self._known(candidates)

    async def _choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        said = [turn.text for turn in conversation if turn.role == "user"]
        if not said or not candidates:
            return _none("There is nothing to choose by.")
        parts = clauses(said[-1])
        whole, *found = await self._find((said[-1], *parts), candidates)
        if several := _several(whole, zip(parts, found, strict=True)):
            return several
        if whole.best.score >= (FRAGMENT_SURE if len(said) > 1 and continues(said[-1]) else SURE):
            return _chosen(whole, f"{whole.best.name} fits", sure=True)
        if before := await self._before(said[:-1], candidates):
            reason = f"Taken for a follow-up of an earlier question, which fits {before}."
            return Choice(
                (before,), Stage.EMBEDDED, sure=False, reason=reason, scores=whole.scores, follows=True
            )
        if whole.best.score < fits(len(candidates)):
            return _none(f"Nothing fits: {_told(whole.scores)}.", whole.scores)
        return _chosen(whole, f"{whole.best.name} fits best, unsure", sure=False)

    async def _before(self, earlier: Sequence[str], candidates: Candidates) -> str | None:
        """The candidate of the newest earlier question that was sure of one."""
        for text in earlier[: -EARLIER_TURNS_MAX - 1 : -1]:
            (found,) = await self._find((text,), candidates)
            if found.best.score >= SURE:
                return found.best.name
        return None

    async def _find(self, texts: Sequence[str], candidates: Candidates) -> list[_Found]:
        prototypes = await self._known(candidates)
        rows = prototypes.confidence(await self._encoder.encode(texts)).tolist()
        return [_Found(_sorted(zip(prototypes.names, row, strict=True))) for row in rows]

    async def _known(self, candidates: Candidates) -> Prototypes:
        known = self._prototypes.get(candidates)
        if known is None:
            # Brings numpy, which a worker without an embedded router does without.
            from extproc.routers.prototypes import Prototypes, texts  # noqa: PLC0415

            vectors = await self._encoder.encode(texts(candidates))
            known = self._prototypes[candidates] = await asyncio.to_thread(Prototypes, candidates, vectors)
            if len(self._prototypes) > CANDIDATE_SETS_KEPT:
                self._prototypes.popitem(last=False)
        else:
            self._prototypes.move_to_end(candidates)
        return known


def _several(whole: _Found, parts: Iterable[tuple[str, _Found]]) -> Choice | None:
    """The candidates of clauses that are sure, if they are of several."""
    best: dict[str, float] = {}
    for clause, part in parts:
        name, score = part.best.name, part.best.score
        if _is_task(clause, part.best, whole):
            best[name] = max(score, best.get(name, 0.0))
    if len(best) < 2:
        return None
    scores = _sorted((score.name, max(score.score, best.get(score.name, 0.0))) for score in whole.scores)
    reason = f"Several tasks: {', '.join(f'{name} ({score:.2f})' for name, score in best.items())}."
    return Choice(tuple(best), Stage.EMBEDDED, sure=True, reason=reason, scores=scores)


def _is_task(clause: str, best: Score, whole: _Found) -> bool:
    """Whether a clause that fits `best` asks for it, and is no mere part of what the whole question asks."""
    if is_word(clause):
        return best.score >= WORD_SURE and whole.of(best.name) >= _WORD_WHOLE
    return best.score >= CLAUSE_SURE and (best.score >= CLAUSE_ALONE or whole.among_best(best.name))


def _chosen(found: _Found, verdict: str, *, sure: bool) -> Choice:
    reason = f"{verdict}: {_told(found.scores)}."
    return Choice((found.best.name,), Stage.EMBEDDED, sure=sure, reason=reason, scores=found.scores)


def _none(reason: str, scores: tuple[Score, ...] = ()) -> Choice:
    return Choice((), Stage.EMBEDDED if scores else Stage.DEFAULT, sure=False, reason=reason, scores=scores)


def _told(scores: tuple[Score, ...]) -> str:
    """The best two, for people."""
    return ", ".join(f"{score.name} {score.score:.2f}" for score in scores[:2])


def _sorted(pairs: Iterable[tuple[str, float]]) -> tuple[Score, ...]:
    """The best first; of equals, the first of the config."""
    return tuple(sorted((Score(name, score) for name, score in pairs), key=lambda score: -score.score))
