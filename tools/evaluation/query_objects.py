"""The objects that an evaluation searches for, and their nearest products in a gallery in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evaluation.local_models import NO_DEADLINE
from evaluation.memory_gallery import MemoryGallery
from tillsight.domain.arrays import Vectors
from tillsight.domain.recognition_results import Match
from tillsight.recognition.product_ranking import nearest_products
from tillsight.recognition.verdict import PRODUCTS_CONSIDERED

ALL_STORES = ""
"""The store of evaluation galleries: they share all products among all stores."""


@dataclass(frozen=True, slots=True)
class QueryObjects:
    """N objects from photos.

    `vectors` float32 [N, D] are unit vectors. `labels` [N] are the products, empty for an object that is none of the
    shop's products. `photos` [N] number the photos from 0. `scores` [N] are the segmentation scores. `fragments` [N]
    marks objects that are a part of a product or several at once; their labels are empty.
    """

    vectors: Vectors
    labels: NDArray[np.str_]
    photos: NDArray[np.int64]
    scores: NDArray[np.float64]
    fragments: NDArray[np.bool_]

    @classmethod
    def whole(cls, vectors: Vectors, labels: Sequence[str]) -> QueryObjects:
        """One object for each photo, the whole photo."""
        count = len(labels)
        return cls(vectors, np.array(labels, str), np.arange(count), np.ones(count), np.zeros(count, bool))

    def select(self, chosen: NDArray[np.int64]) -> QueryObjects:
        """Some of them, by their indices."""
        return QueryObjects(*(getattr(self, field.name)[chosen] for field in fields(self)))


def nearest_to(gallery: MemoryGallery, vectors: Vectors) -> list[list[Match]]:
    """The PRODUCTS_CONSIDERED nearest products of each vector, ranked by the service's policy."""
    return asyncio.run(nearest_products(gallery, vectors, ALL_STORES, PRODUCTS_CONSIDERED, NO_DEADLINE))
