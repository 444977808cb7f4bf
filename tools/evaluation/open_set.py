"""Answers to calibrate on: for each object once with its product in the gallery, and once without it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence

import numpy as np

from evaluation.calibration_fit import Answers, concatenate_answers
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects, nearest_to
from tillsight.domain.errors import InvalidInput
from tillsight.domain.recognition_results import Match
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.verdict import (
    COHORT_RANKS,
    PRODUCTS_CONSIDERED,
    cohort_score_and_margin,
    segmentation_certainty,
)

FOLDS = 5
"""A fifth of the products is left out at a time, so that most confusable products of a left-out one remain."""
FEWEST_PRODUCTS = 2 * PRODUCTS_CONSIDERED
"""With fewer products, too few remain for the verdict to look at."""


def answer_objects(gallery: MemoryGallery, objects: QueryObjects) -> tuple[Answers, QueryObjects]:
    """The answers to the objects, and the object of each answer. Raises InvalidInput for too small a gallery.

    An object whose product is in the gallery has two answers: one of the gallery without the fold of its own product,
    as an out-of-gallery object, and one of the gallery without the next fold. Any other object has one answer.
    """
    cohort_floor = mean_cohort_similarity(gallery, objects)
    products = sorted({row.product_id for row in gallery.rows.values()})
    if len(products) < FEWEST_PRODUCTS:
        raise InvalidInput(
            f"the gallery has {len(products)} products, but calibration needs {FEWEST_PRODUCTS}: add more"
        )
    fold_of = {product: _stable_hash(product, FOLDS) for product in products}
    folds = np.array([fold_of.get(label, -1) for label in objects.labels])
    found, asked_objects = [], []
    for fold in range(FOLDS):
        rest = gallery.without({product for product, own in fold_of.items() if own == fold})
        asked = np.flatnonzero((folds == fold) | (folds == (fold - 1) % FOLDS) | ((folds < 0) & (fold == 0)))
        near = nearest_to(rest, objects.vectors[asked])
        remaining = {product for product in products if fold_of[product] != fold}
        found.append(_answers(near, objects.select(asked), remaining, cohort_floor))
        asked_objects.append(asked)
    return concatenate_answers(found), objects.select(np.concatenate(asked_objects))


def mean_cohort_similarity(gallery: MemoryGallery, objects: QueryObjects) -> float:
    """The mean cosine of the objects to the products at COHORT_RANKS: the calibration's cohort floor."""
    cosines = [
        match.score
        for matches in nearest_to(gallery, objects.vectors)
        for match in matches[COHORT_RANKS.start : COHORT_RANKS.stop]
    ]
    return float(np.mean(cosines or [0.0]))


def held_out_pairs(
    answers: Answers, objects: QueryObjects, fit: Callable[[Answers], Calibration], out_of_gallery: float
) -> list[tuple[Calibration, Answers]]:
    """Two calibrations, each with answers that it was not fitted to: of other products, in other photos.

    Products and photos are halved. One calibration is fitted to answers in one half of both; its held-out answers are
    in the other half of both. The second calibration has the halves exchanged.
    """
    product_half = np.array([_stable_hash("half " + label, 2) for label in objects.labels])
    photo_half = objects.photos % 2
    product_half = np.where(objects.labels == "", photo_half, product_half)
    pairs = []
    for half in (0, 1):
        own = (product_half == half) & (photo_half == half)
        other = (product_half != half) & (photo_half != half)
        calibration = fit(answers.select(own).weighted(out_of_gallery))
        pairs.append((calibration, answers.select(other).weighted(out_of_gallery)))
    return pairs


def _answers(
    near: Sequence[Sequence[Match]], asked: QueryObjects, products: Collection[str], cohort_floor: float
) -> Answers:
    evidence = [cohort_score_and_margin([match.score for match in matches], cohort_floor) for matches in near]
    columns = np.array(evidence).reshape(-1, 2)
    certainty = np.array([segmentation_certainty(float(score)) for score in asked.scores])
    right = np.array([matches[0].product_id == label for matches, label in zip(near, asked.labels, strict=True)], bool)
    enrolled = np.isin(asked.labels, list(products))
    return Answers(columns[:, 0], columns[:, 1], certainty, right, enrolled, asked.fragments, np.ones(len(near)))


def _stable_hash(text: str, count: int) -> int:
    """A number below `count` that depends on the text only and is as good as random."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % count
