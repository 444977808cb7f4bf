"""Whitening: a linear map that removes what all crops have in common and keeps what distinguishes objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Floats, Vectors
from tillsight.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Whitening:
    """The map `(x - mean) @ matrix`: `mean` float32 [F], `matrix` float32 [F, D]."""

    mean: Floats
    matrix: Floats

    def apply(self, features: Vectors) -> Vectors:
        """Embeddings [N, D] of unit length from features [N, F]."""
        projected = (features - self.mean) @ self.matrix
        lengths = np.linalg.norm(projected, axis=1, keepdims=True)
        return np.asarray(projected / np.maximum(lengths, 1e-6), dtype=np.float32)

    def write(self, path: Path) -> None:
        """Write the whitening as an .npz."""
        np.savez(path, mean=self.mean, matrix=self.matrix)

    @classmethod
    def read(cls, path: Path) -> Whitening:
        """The whitening in an .npz. Raises InvalidInput if there is none."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(stored["mean"].astype(np.float32), stored["matrix"].astype(np.float32))
        except (OSError, KeyError, ValueError) as error:
            raise InvalidInput(f"{path} has no whitening (arrays `mean`, `matrix`): {error}") from error


def fit_pca_whitening(features: Vectors, dimension: int, shrinkage: float) -> Whitening:
    """PCA whitening to `dimension` values. `shrinkage`, 0..1, moves the variances towards their mean.

    Jégou & Chum, Negative evidences and co-occurrences in image retrieval, 2012. Shrinkage as in Ledoit & Wolf 2004: a
    sample underestimates the small eigenvalues, and whitening without shrinkage amplifies the noise along them.
    """
    mean = features.mean(axis=0)
    values, vectors = _eigen(_covariance(features - mean))
    shrunk = (1 - shrinkage) * values + shrinkage * values.mean()
    return Whitening(mean, (vectors[:, :dimension] / np.sqrt(shrunk[:dimension])).astype(np.float32))


def fit_learned_whitening(features: Vectors, objects: NDArray[np.int64], dimension: int, shrinkage: float) -> Whitening:
    """Whitening by the covariance within objects, then projection to the directions of the largest variance.

    `objects` [N] is the object in each row of `features` [N, F]; an object with a single row adds nothing to the
    covariance within objects. `shrinkage`, 0..1, moves that covariance's eigenvalues towards their mean. Mikolajczyk &
    Matas, Improving Descriptors for Fast Tree Matching by Optimal Linear Projection, 2007, as in Radenović et al. 2018.
    """
    mean = features.mean(axis=0)
    _, groups = np.unique(objects, return_inverse=True)
    counts = np.bincount(groups)
    sums = np.zeros((len(counts), features.shape[1]), np.float64)
    np.add.at(sums, groups, features)
    several = counts[groups] > 1
    # What differs within objects: each row less the mean of its object.
    differences = (features - (sums / counts[:, None])[groups])[several].astype(np.float32)
    values, vectors = _eigen(_covariance(differences))
    shrunk = (1 - shrinkage) * values + shrinkage * values.mean()
    # Scaled by `within`, all directions vary equally within objects. What still varies more distinguishes objects.
    within = vectors / np.sqrt(shrunk)
    _, widest = _eigen(_covariance(((features - mean) @ within).astype(np.float32)))
    return Whitening(mean, (within @ widest[:, :dimension]).astype(np.float32))


def fit_wccn(vectors: Vectors, classes: NDArray[np.int64], share: float) -> Floats:
    """Within-class covariance normalisation (WCCN): a linear map, float32 [D, D], of unit vectors [N, D].

    `classes` [N] is the class of each vector. The map is the inverse square root of the covariance within classes. The
    covariance is scaled to a mean eigenvalue of 1 and mixed with the identity: `share`, 0..1, is its weight, and 0
    changes nothing. Hatch, Kajarekar & Stolcke, Within-Class Covariance Normalization for SVM-based Speaker
    Recognition, 2006, smoothed.
    """
    _, groups = np.unique(classes, return_inverse=True)
    sums = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float64)
    np.add.at(sums, groups, vectors)
    values, axes = _eigen(_covariance((vectors - (sums / np.bincount(groups)[:, None])[groups]).astype(np.float32)))
    # The identity has the same eigenvectors, so mixing with it changes the eigenvalues only.
    mixed = 1 - share + share * values / max(float(values.mean()), 1e-12)
    return np.asarray((axes / np.sqrt(mixed)) @ axes.T, dtype=np.float32)


def concatenate_features(
    sets: Sequence[tuple[Vectors, NDArray[np.int64]]],
) -> tuple[Vectors, NDArray[np.int64]]:
    """Several sets of features [N, F] with the object [N] of each row as one set. Objects of different sets differ."""
    first, objects = 0, []
    for _, own in sets:
        objects.append(own + first)
        first += int(own.max()) + 1
    return np.concatenate([features for features, _ in sets]), np.concatenate(objects)


def _covariance(centred: Vectors) -> NDArray[np.float64]:
    return np.asarray(centred.T.astype(np.float64) @ centred.astype(np.float64) / len(centred))


def _eigen(symmetric: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The eigenvalues, largest first, negative ones set to 0, and the eigenvectors as columns."""
    values, vectors = np.linalg.eigh(symmetric)
    return np.maximum(values[::-1], 0.0), vectors[:, ::-1]
