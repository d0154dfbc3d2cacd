"""How well questions fit candidates: similarity to prototypes, as numbers that mean the same for every
config.

A candidate's prototypes are the vectors of its phrases and of its examples. A question's similarity to a
candidate is the middle between the best one's and the mean of the best three. What was found by measuring is
in `_` constants, each with what it is for; there are six, and none is about a word.
"""

from typing import Final

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
_NOWHERE: Final = np.float32(-9)
"""Less than any cosine: stands for a prototype that is not there."""
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


class Prototypes:
    """Of a set of candidates. Never changes; threads may share one."""

    def __init__(self, candidates: Candidates, vectors: Matrix) -> None:
        """`vectors`: a row for each of `texts(candidates)`."""
        self.names = tuple(candidate.name for candidate in candidates)
        backdrop, rest = vectors[: len(BACKGROUND)], vectors[len(BACKGROUND) :]
        self._common: Matrix = backdrop.mean(axis=0)
        sizes = [len(texts_of(candidate)) for candidate in candidates]
        apart = np.split(rest, np.cumsum(sizes)[:-1])
        self.rows = tuple(map(self._prototypes, candidates, apart))
        """Of each candidate, a vector for each of its phrases and examples."""
        nowhere = np.zeros((1, vectors.shape[1]), dtype=np.float32)
        self._all = np.concatenate([*self.rows, nowhere]).T.copy()
        self._weights = np.concatenate([*map(_weights, candidates), [0]]).astype(np.float32)
        self._offset = np.zeros_like(self._weights)
        self._offset[-1] = _NOWHERE
        self._places = _places(sizes)
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
        """[n, candidates]: the middle between the best prototype and the mean of the best few."""
        rows = self._centred(vectors)
        cosines = rows @ self._all * self._weights + self._offset
        best = np.partition(cosines[:, self._places], -_BEST, axis=2)[:, :, -_BEST:]
        there = best > _NOWHERE
        mean = np.where(there, best, 0).sum(axis=2) / there.sum(axis=2)
        similarity: Matrix = (best.max(axis=2) + mean) / 2
        if self._classifier is not None:
            similarity += np.float32(_LEARNED) * self._classifier(rows)
        return similarity

    def _prototypes(self, candidate: Candidate, vectors: Matrix) -> Matrix:
        own = phrases(candidate)
        about, said = vectors[: len(own)], vectors[len(own) :]
        if len(about):
            sizes = np.array([[len(phrase.split())] for phrase in own], dtype=np.float32)
            about = _normal(about + _SHORT / sizes * _normal(about.mean(axis=0, keepdims=True)))
        return self._centred(np.concatenate([about, said]))

    def _centred(self, vectors: Matrix) -> Matrix:
        return _normal(vectors - self._common)

    def _learn(self) -> Classifier | None:
        sizes = [len(rows) for rows in self.rows]
        return learned(np.concatenate(self.rows), np.repeat(np.arange(len(sizes)), sizes), len(sizes))


def _weights(candidate: Candidate) -> Matrix:
    counts = (len(phrases(candidate)), len(examples(candidate)))
    return np.repeat(np.array([1.0, _EXAMPLE], dtype=np.float32), counts)


def _places(sizes: list[int]) -> NDArray[np.intp]:
    """[candidates, most prototypes]: where each one's are; of those that have fewer, the end, `_NOWHERE`."""
    width = max(_BEST, *sizes)
    starts = np.cumsum([0, *sizes[:-1]])[:, None]
    steps = np.arange(width)[None, :]
    return np.where(steps < np.array(sizes)[:, None], starts + steps, sum(sizes))


def _normal(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normal: Matrix = vectors / np.maximum(lengths, np.float32(1e-6))
    return normal
