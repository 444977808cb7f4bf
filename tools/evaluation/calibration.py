"""From an embedder's scores to the probability that its best match is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tillsight.errors import InvalidInput
from tillsight.verdict import Calibration

Values = NDArray[np.float64]
ITERATIONS = 100
RIDGE = 1e-4
"""Keeps the fit finite where the two kinds of answers are separable."""


def probabilities(calibration: Calibration, score: Values, second: Values) -> Values:
    """The probability [N] that the best match is right, from its cosine and the next product's [N]."""
    return np.array([calibration.probability(best, best - other) for best, other in zip(score, second, strict=True)])


def fit(score: Values, second: Values, right: NDArray[np.bool_]) -> Calibration:
    """The most likely calibration of answers [N] that were `right` or not; a wrong one includes any answer
    to an object that is not in the gallery. Newton's method on the log-likelihood.

    Raises InvalidInput where all answers were right, or all wrong: nothing can be learned from those.
    """
    if right.all() or not right.any():
        raise InvalidInput("calibration needs right and wrong answers; all given ones are of one kind")
    design = np.stack([np.ones_like(score), score, score - second], axis=1)
    weights = np.zeros(3)
    for _ in range(ITERATIONS):
        expected = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (right - expected) - RIDGE * weights
        curvature = (design * (expected * (1 - expected))[:, None]).T @ design + RIDGE * np.eye(3)
        step = np.linalg.solve(curvature, gradient)
        # Far from the maximum a full Newton step may overshoot; the likelihood is concave, so a cap suffices.
        weights += step * min(1.0, 10 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return Calibration(*(float(weight) for weight in weights))


def expected_calibration_error(probability: Values, right: NDArray[np.bool_], bins: int = 10) -> float:
    """The mean distance between stated probability and share of right answers, over equal-width bins.

    Naeini, Cooper & Hauskrecht 2015; each bin weighted by its answers.
    """
    index = np.minimum((probability * bins).astype(int), bins - 1)
    counts = np.bincount(index, minlength=bins)
    stated = np.bincount(index, probability, minlength=bins)
    observed = np.bincount(index, right, minlength=bins)
    return float(np.abs(stated - observed).sum() / max(counts.sum(), 1))


def best_two(scores: NDArray[np.float32], labels: NDArray[np.str_]) -> tuple[NDArray[np.str_], Values, Values]:
    """Of cosines [Q, R] to references of products `labels` [R]: the best product [Q], its cosine and the next
    product's [Q]. With a single product the next one's cosine is -1."""
    products, owners = np.unique(labels, return_inverse=True)
    order = np.argsort(owners, kind="stable")
    best = np.maximum.reduceat(scores[:, order], np.searchsorted(owners[order], np.arange(len(products))), axis=1)
    first = best.argmax(axis=1)
    rows = np.arange(len(best))
    score = best[rows, first].astype(np.float64)
    best[rows, first] = -1
    return products[first], score, best.max(axis=1).astype(np.float64)
