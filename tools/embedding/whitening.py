"""Whitening learned from crops: what all crops share is taken out, what tells them apart is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.errors import InvalidInput

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Whitening:
    """`(x - mean) @ matrix`: `mean` fp32 [F], `matrix` fp32 [F, D]."""

    mean: Array
    matrix: Array

    def apply(self, features: Array) -> Array:
        """Features [N, F] as embeddings [N, D] of length 1."""
        projected = (features - self.mean) @ self.matrix
        lengths = np.linalg.norm(projected, axis=1, keepdims=True)
        return np.asarray(projected / np.maximum(lengths, 1e-6), dtype=np.float32)

    def write(self, path: Path) -> None:
        """Keep it as an .npz."""
        np.savez(path, mean=self.mean, matrix=self.matrix)

    @classmethod
    def read(cls, path: Path) -> Whitening:
        """The whitening kept in an .npz; raises InvalidInput where there is none."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(stored["mean"].astype(np.float32), stored["matrix"].astype(np.float32))
        except (OSError, KeyError, ValueError) as error:
            raise InvalidInput(f"{path} holds no whitening (arrays `mean`, `matrix`): {error}") from error


def fit_pca_whitening(features: Array, dimension: int, shrinkage: float) -> Whitening:
    """PCA whitening to `dimension` values, variances shrunk towards their mean by `shrinkage` (0..1).

    Jégou & Chum, Negative evidences and co-occurrences in image retrieval, 2012; shrinkage as Ledoit & Wolf
    2004, since the small eigenvalues of a sample are underestimated and plain whitening blows them up.
    """
    mean = features.mean(axis=0)
    values, vectors = _eigen(_covariance(features - mean))
    shrunk = (1 - shrinkage) * values + shrinkage * values.mean()
    return Whitening(mean, (vectors[:, :dimension] / np.sqrt(shrunk[:dimension])).astype(np.float32))


def fit_learned_whitening(features: Array, views: NDArray[np.int64], dimension: int, shrinkage: float) -> Whitening:
    """Whitening that evens out what differs among views of one object, then keeps the widest directions.

    `views` [N] says which object each row of `features` [N, F] shows; objects with a single view add nothing.
    The covariance within objects is shrunk by `shrinkage` (0..1). Mikolajczyk & Matas, Improving Descriptors
    for Fast Tree Matching by Optimal Linear Projection, 2007, as used by Radenović et al. 2018.
    """
    mean = features.mean(axis=0)
    _, objects = np.unique(views, return_inverse=True)
    counts = np.bincount(objects)
    sums = np.zeros((len(counts), features.shape[1]), np.float64)
    np.add.at(sums, objects, features)
    several = counts[objects] > 1
    apart = (features - (sums / counts[:, None])[objects])[several].astype(np.float32)
    values, vectors = _eigen(_covariance(apart))
    shrunk = (1 - shrinkage) * values + shrinkage * values.mean()
    evened = vectors / np.sqrt(shrunk)
    _, widest = _eigen(_covariance(((features - mean) @ evened).astype(np.float32)))
    return Whitening(mean, (evened @ widest[:, :dimension]).astype(np.float32))


def fit_evening(vectors: Array, classes: NDArray[np.int64], share: float) -> Array:
    """A linear map, fp32 [D, D], that evens out what differs among unit vectors [N, D] of one class.

    `classes` [N] says what each shows. The covariance within classes, scaled to a mean of 1, counts `share` (0..1)
    beside the identity: with 0 nothing is changed. Within-class covariance normalisation, smoothed: Hatch, Kajarekar &
    Stolcke, Within-Class Covariance Normalization for SVM-based Speaker Recognition, 2006.
    """
    _, groups = np.unique(classes, return_inverse=True)
    sums = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float64)
    np.add.at(sums, groups, vectors)
    values, axes = _eigen(_covariance((vectors - (sums / np.bincount(groups)[:, None])[groups]).astype(np.float32)))
    mixed = 1 - share + share * values / max(float(values.mean()), 1e-12)
    return np.asarray((axes / np.sqrt(mixed)) @ axes.T, dtype=np.float32)


def joined(sets: Sequence[tuple[Array, NDArray[np.int64]]]) -> tuple[Array, NDArray[np.int64]]:
    """Several sets of features [N, F], with the object [N] of each row, as one; objects of different sets differ."""
    first, objects = 0, []
    for _, own in sets:
        objects.append(own + first)
        first += int(own.max()) + 1
    return np.concatenate([features for features, _ in sets]), np.concatenate(objects)


def _covariance(centred: Array) -> NDArray[np.float64]:
    return np.asarray(centred.T.astype(np.float64) @ centred.astype(np.float64) / len(centred))


def _eigen(symmetric: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvalues, largest first and none negative, and their vectors as columns."""
    values, vectors = np.linalg.eigh(symmetric)
    return np.maximum(values[::-1], 0.0), vectors[:, ::-1]
