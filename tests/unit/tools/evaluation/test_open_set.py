"""Answers with and without the product in the gallery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation import open_set
from evaluation.calibration_fit import Answers, Flags, Values
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.recognition.calibration import Calibration


def given(
    cohort_score: Values, margin: Values, right: Flags, enrolled: Flags, certainty: Values | float = 0.0
) -> Answers:
    """Answers of weight 1 to whole objects."""
    count = len(cohort_score)
    return Answers(
        cohort_score, margin, np.full(count, certainty), right, enrolled, np.zeros(count, bool), np.ones(count)
    )  # fmt: skip


def shop(count: int) -> tuple[MemoryGallery, QueryObjects]:
    """Products at right angles to each other, and an object of each that is its reference, with one of no product."""
    vectors = np.eye(count + 1, dtype=np.float32)
    rows = [GalleryRow(row_id(f"r{n}", 0), f"p{n}", f"p{n}", "", 0, {}, vectors[n]) for n in range(count)]
    return MemoryGallery(rows), QueryObjects.whole(vectors, [*(f"p{n}" for n in range(count)), ""])


def test_an_object_is_searched_for_once_with_its_product_and_once_without() -> None:
    gallery, objects = shop(40)
    answers, whose = open_set.answer_objects(gallery, objects)

    for label in objects.labels:
        own = answers.select(whose.labels == label)
        if label:
            assert sorted(own.enrolled) == [False, True]
            assert own.cohort_score[own.enrolled] == pytest.approx([1.0])
            assert own.cohort_score[~own.enrolled] == pytest.approx([0.0])
            assert list(own.right) == list(own.enrolled)
        else:
            assert list(own.enrolled) == [False]


def test_held_out_answers_are_of_other_products_in_other_photos() -> None:
    count = 400
    labels = np.array([f"p{n % 40}" if n % 20 else "" for n in range(count)])
    objects = replace(QueryObjects.whole(np.zeros((count, 1), np.float32), list(labels)), photos=np.arange(count) // 7)
    position = np.arange(count, dtype=np.float64)  # a score that says which object it is of
    answers = given(position, position, labels != "", labels != "")
    fitted_to: list[Answers] = []

    def fitted(half: Answers) -> Calibration:
        fitted_to.append(half)
        return Calibration()

    pairs = open_set.held_out_pairs(answers, objects, fitted, 0.1)

    for half, (_, tested) in zip(fitted_to, pairs, strict=True):
        fit_on, tested_on = half.cohort_score.astype(int), tested.cohort_score.astype(int)
        assert len(fit_on) > 50 and len(tested_on) > 50
        assert set(labels[fit_on]) & set(labels[tested_on]) <= {""}
        assert not set(objects.photos[fit_on]) & set(objects.photos[tested_on])
