"""Logistic regression: what tells the candidates apart, learned from their own phrases and examples."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_STEPS: Final = 100
_PENALTY: Final = 1e-4
_TURNS: Final = 20
_WORK_MAX: Final = 50_000
"""Points times classes that are learned from: a tenth of a second."""

Matrix = NDArray[np.float32]


class Classifier:
    """Gives each row a probability for each class."""

    def __init__(self, weights: Matrix) -> None:
        self._weights = weights

    def __call__(self, rows: Matrix) -> Matrix:
        """[n, classes]; each row adds up to one."""
        return _softmax(_widened(rows) @ self._weights)


def learned(rows: Matrix, labels: NDArray[np.intp], classes: int) -> Classifier | None:
    """From one row a point; each class weighs the same. None: too much to learn from in reasonable time.

    Nesterov's accelerated descent with a step from the largest curvature: no tuning, always the same result.
    """
    if len(rows) * classes > _WORK_MAX:
        return None
    points = _widened(rows)
    share = (1 / np.bincount(labels, minlength=classes))[labels].astype(np.float32)
    share = (share / share.sum())[:, None]
    truth = np.eye(classes, dtype=np.float32)[labels]
    curvature = 0.5 * _largest(points, share) + _PENALTY
    weights = ahead = np.zeros((points.shape[1], classes), dtype=np.float32)
    for step in range(_STEPS):
        slope = points.T @ ((_softmax(points @ ahead) - truth) * share) + _PENALTY * ahead
        after = ahead - slope / np.float32(curvature)
        ahead = after + np.float32(step / (step + 3)) * (after - weights)
        weights = after
    return Classifier(weights)


def _largest(points: Matrix, share: Matrix) -> float:
    """Largest eigenvalue of the points' weighted covariance, by power iteration and with some margin."""
    along: Matrix = np.ones((points.shape[1], 1), dtype=np.float32)
    length = 0.0
    for _ in range(_TURNS):
        along = points.T @ (share * (points @ along))
        length = float(np.linalg.norm(along))
        along /= np.float32(length)
    return 1.05 * length


def _widened(rows: Matrix) -> Matrix:
    """With a column of ones, for the constant."""
    return np.concatenate([rows, np.ones((len(rows), 1), dtype=np.float32)], axis=1)


def _softmax(values: Matrix) -> Matrix:
    raised: Matrix = np.exp(values - values.max(axis=1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return shares
