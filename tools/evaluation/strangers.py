"""Answers to calibrate on: each object once with its product in the gallery, and once left out of it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration import Answers, joined
from evaluation.inprocess import FOREVER, MemoryGallery
from tillsight.domain.errors import InvalidInput
from tillsight.domain.recognition_results import Match
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.verdict import (
    COHORT_RANKS,
    PRODUCTS_CONSIDERED,
    cohort_score_and_margin,
    segmentation_certainty,
)

PARTS, FEWEST = 5, 2 * PRODUCTS_CONSIDERED
"""A fifth of the products is left out at a time, so that most strangers' twins stay enrolled; of fewer products not
enough stay for a verdict to look at."""


@dataclass(frozen=True, slots=True)
class Objects:
    """What was cut out of photos: unit `vectors` float32 [N, D], the product of each (empty: none of the shop's), the
    photo it is from, counted from 0, the segmentation score, and whether it is but a piece of a product or several at
    once (its label is empty then)."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.str_]
    photos: NDArray[np.int64]
    scores: NDArray[np.float64]
    pieces: NDArray[np.bool_]

    @classmethod
    def whole(cls, vectors: NDArray[np.float32], labels: Sequence[str]) -> Objects:
        """Photos taken whole, an object each."""
        count = len(labels)
        return cls(vectors, np.array(labels, str), np.arange(count), np.ones(count), np.zeros(count, bool))

    def only(self, chosen: NDArray[np.int64]) -> Objects:
        """Some of them, by their indices."""
        return Objects(*(getattr(self, field.name)[chosen] for field in fields(self)))


def answers(gallery: MemoryGallery, objects: Objects) -> tuple[Answers, Objects]:
    """The answers to objects, and the object each is to.

    An object whose product the gallery holds is answered twice: by the gallery without that fifth of the products
    which its own is of, as a stranger, and by the one without the next fifth. Any other is asked for once.
    """
    crowd = usual_crowd(gallery, objects)
    held = sorted({row.product_id for row in gallery.rows.values()})
    if len(held) < FEWEST:
        raise InvalidInput(f"the gallery holds {len(held)} products: calibration needs {FEWEST} at least")
    part_of = {product: number(product, PARTS) for product in held}
    parts = np.array([part_of.get(label, -1) for label in objects.labels])
    found, whose = [], []
    for part in range(PARTS):
        rest = gallery.without({product for product, own in part_of.items() if own == part})
        asked = np.flatnonzero((parts == part) | (parts == (part - 1) % PARTS) | ((parts < 0) & (part == 0)))
        near = asyncio.run(rest.search(objects.vectors[asked], "", PRODUCTS_CONSIDERED, FOREVER))
        still = set(held) - {product for product in held if part_of[product] == part}
        found.append(_answers(near, objects.only(asked), still, crowd))
        whose.append(asked)
    return joined(found), objects.only(np.concatenate(whose))


def _answers(near: Sequence[Sequence[Match]], asked: Objects, held: Collection[str], crowd: float) -> Answers:
    seen = np.array([cohort_score_and_margin([match.score for match in matches], crowd) for matches in near]).reshape(
        -1, 2
    )
    certain = np.array([segmentation_certainty(float(score)) for score in asked.scores])
    right = np.array([matches[0].product_id == label for matches, label in zip(near, asked.labels, strict=True)], bool)
    enrolled = np.isin(asked.labels, list(held))
    return Answers(seen[:, 0], seen[:, 1], certain, right, enrolled, asked.pieces, np.ones(len(near)))


def usual_crowd(gallery: MemoryGallery, objects: Objects) -> float:
    """The mean similarity of objects to the products in the crowd."""
    near = asyncio.run(gallery.search(objects.vectors, "", PRODUCTS_CONSIDERED, FOREVER))
    return float(
        np.mean([match.score for matches in near for match in matches[COHORT_RANKS.start : COHORT_RANKS.stop]] or [0.0])
    )


def number(text: str, count: int) -> int:
    """A number below `count` for a text, always the same and as good as random."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % count


def held_out(
    given: Answers, objects: Objects, fitted: Callable[[Answers], Calibration], strangers: float
) -> list[tuple[Calibration, Answers]]:
    """Two calibrations, each with answers it was not fitted to: other products in other photos.

    The products are halved, and the photos; one half of both is fitted to, the other half of both is for judging.
    """
    product = np.array([number("half " + label, 2) for label in objects.labels])
    photo = objects.photos % 2
    product = np.where(objects.labels == "", photo, product)
    pairs = []
    for half in (0, 1):
        own, other = (product == half) & (photo == half), (product != half) & (photo != half)
        calibration = fitted(given.only(own).weighted(strangers))
        pairs.append((calibration, given.only(other).weighted(strangers)))
    return pairs
