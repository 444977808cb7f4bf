"""The confusions that a tuning reports."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from embedding.tuning_report import find_confusions, model_card
from evaluation.manifests import Entry

ENTRIES = [Entry(product, Path(f"{number}.jpg")) for number, product in enumerate("aabbcc")]


def test_the_most_frequent_pairs_of_classes_come_first_with_one_mistake_each() -> None:
    queries, references = np.array([0, 1, 2, 4]), np.array([3, 5])

    found = find_confusions(ENTRIES, queries, references, np.array([0, 0, 1, 1]))

    assert [(one.photo.product_id, one.nearest.product_id) for one in found] == [("a", "b"), ("b", "c")]


def test_the_card_has_the_fingerprint_and_the_figures() -> None:
    card = model_card("abcd", "vgg", "photos.csv", {"top1": 0.5, "train_photos": 3})

    assert "`abcd`" in card and "| top1 | 0.500 |" in card and "| train_photos | 3 |" in card
