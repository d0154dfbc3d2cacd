"""How well questions fit candidates: similarity to prototypes, as numbers that mean the same for every
config.

A candidate's prototypes are the vectors of its phrases and of its examples. A question's similarity to a
candidate is the middle between the best one's and the mean of the best three. What was found by measuring is
in `_` constants, each with what it is for; there are six, and none is about a word.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extproc.routers.background import BACKGROUND
from extproc.routers.candidate import Candidate, Candidates
from extproc.routers.classifier import Classifier, learned
from extproc.routers.phrases import examples, phrases

Matrix = NDArray[np.float32]

_BEST: Final = 3
_SHORT: Final = 0.5
"""A word alone says little: a phrase of n words takes on this much / n of what its candidate is about."""
_EXAMPLE: Final = 0.85
"""Two questions are alike in being questions; this much of their similarity is of their matter."""
_LEARNED: Final = 0.07
"""Weight of the classifier, which is only asked where there are examples."""
_CONSTANT, _FIT, _MARGIN = -0.78, 12.5, 5.5
"""Logistic regression of "the best candidate is right" on its lead over the background and over the next
one."""


def texts(candidates: Candidates) -> tuple[str, ...]:
    """All that must be encoded for `Prototypes`, in its order."""
    return (*BACKGROUND, *(text for candidate in candidates for text in texts_of(candidate)))


def texts_of(candidate: Candidate) -> tuple[str, ...]:
    """Its phrases and examples, of each of which there is a prototype."""
    return (*phrases(candidate), *examples(candidate))


class _Own(NamedTuple):
    """Prototypes of one candidate."""

    rows: Matrix
    weights: Matrix


class Prototypes:
    """Of a set of candidates. Never changes; threads may share one."""

    def __init__(self, candidates: Candidates, vectors: Matrix) -> None:
        """`vectors`: a row for each of `texts(candidates)`."""
        self.names = tuple(candidate.name for candidate in candidates)
        backdrop, rest = vectors[: len(BACKGROUND)], vectors[len(BACKGROUND) :]
        self._common: Matrix = backdrop.mean(axis=0)
        self._own: list[_Own] = []
        for candidate in candidates:
            size = len(texts_of(candidate))
            self._own.append(self._prototypes(candidate, rest[:size]))
            rest = rest[size:]
        self.rows = tuple(own.rows for own in self._own)
        """Of each candidate, a vector for each of its phrases and examples."""
        self._classifier = self._learn() if any(map(examples, candidates)) else None
        self._unfit = float(np.median(self._similarity(backdrop).max(axis=1)))

    def confidence(self, vectors: Matrix) -> Matrix:
        """[n, candidates]: of the best of a row, how likely it is right; the others lie below it."""
        fit = self._similarity(vectors) - np.float32(self._unfit)
        best = fit.max(axis=1, keepdims=True)
        # Of the best: to the next one. Alone, it is compared with no candidate at all.
        others = np.sort(fit, axis=1)[:, -2:-1] if fit.shape[1] > 1 else np.zeros_like(best)
        lead = np.where(fit == best, best - others, fit - best)
        confidence: Matrix = 1 / (1 + np.exp(-(_CONSTANT + _FIT * fit + _MARGIN * lead)))
        return confidence

    def _similarity(self, vectors: Matrix) -> Matrix:
        rows = self._centred(vectors)
        columns = [_similarity(rows @ own.rows.T * own.weights) for own in self._own]
        similarity = np.stack(columns, axis=1)
        if self._classifier is not None:
            similarity += np.float32(_LEARNED) * self._classifier(rows)
        return similarity

    def _prototypes(self, candidate: Candidate, vectors: Matrix) -> _Own:
        own = phrases(candidate)
        about, said = vectors[: len(own)], vectors[len(own) :]
        if len(about):
            sizes = np.array([[len(phrase.split())] for phrase in own], dtype=np.float32)
            about = _normal(about + _SHORT / sizes * _normal(about.mean(axis=0, keepdims=True)))
        weights = np.concatenate([np.ones(len(about)), np.full(len(said), _EXAMPLE)]).astype(np.float32)
        return _Own(self._centred(np.concatenate([about, said])), weights)

    def _centred(self, vectors: Matrix) -> Matrix:
        return _normal(vectors - self._common)

    def _learn(self) -> Classifier | None:
        sizes = [len(rows) for rows in self.rows]
        return learned(np.concatenate(self.rows), np.repeat(np.arange(len(sizes)), sizes), len(sizes))


def _similarity(cosines: Matrix) -> Matrix:
    """[n]: of each row, the middle between the best and the mean of the best few."""
    few = min(_BEST, cosines.shape[1])
    best: Matrix = np.partition(cosines, cosines.shape[1] - few, axis=1)[:, -few:]
    middle: Matrix = (best.max(axis=1) + best.mean(axis=1)) / 2
    return middle


def _normal(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normal: Matrix = vectors / np.maximum(lengths, np.float32(1e-6))
    return normal
