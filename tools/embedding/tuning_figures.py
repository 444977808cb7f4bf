"""How often the nearest photo is of the right class, for validation photos and for held-out classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from embedding.tuned_network import TunedNetwork
from embedding.tuning_data import FrozenFeatures, Split


def validation_top1(network: TunedNetwork, data: FrozenFeatures, labels: NDArray[np.int64], split: Split) -> float:
    """The share of validation photos whose nearest training photo is of their class."""
    if not len(split.validation):
        return 0.0
    found = nearest(network.embed(data, split.validation), network.embed(data, split.train))
    return float((labels[split.train][found] == labels[split.validation]).mean())


def unseen_top1(network: TunedNetwork, data: FrozenFeatures, labels: NDArray[np.int64], split: Split) -> float | None:
    """The share of photos of held-out classes whose nearest other photo is of their class; None if there are none."""
    if not len(split.unseen):
        return None
    vectors = network.embed(data, split.unseen)
    found = nearest(vectors, vectors, exclude_self=True)
    return float((labels[split.unseen][found] == labels[split.unseen]).mean())


def nearest(queries: Tensor, references: Tensor, exclude_self: bool = False) -> NDArray[np.int64]:
    """The index of each query's nearest reference. `exclude_self` is for queries that are the references."""
    scores = queries @ references.T
    if exclude_self:
        scores.fill_diagonal_(-2)
    return np.asarray(scores.argmax(dim=1))
