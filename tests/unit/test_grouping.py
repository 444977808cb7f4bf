"""Rows near a crop become products."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tillsight.domain.recognition_results import Match
from tillsight.recognition import product_ranking

Vectors = dict[str, NDArray[np.float32]]


def row(product: str, score: float, reference: str, store: str = "") -> Match:
    return Match(product, product.title(), score, reference, store)


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def near(query: NDArray[np.float32], vectors: Vectors) -> list[Match]:
    """Photos by their vectors, best first; the product is the reference id's first letter."""
    found = [row(key[0], float(query @ vector), key) for key, vector in vectors.items()]
    return sorted(found, key=lambda match: -match.score)


def test_of_a_photos_rotations_the_nearest_counts() -> None:
    rows = [row("tea", 0.9, "t-090"), row("milk", 0.8, "m-000"), row("tea", 0.7, "t-000"), row("tea", 0.6, "u-000")]
    assert product_ranking.best_row_per_photo(rows) == [rows[0], rows[1], rows[3]]


def test_with_one_photo_a_product_scores_as_that_photo() -> None:
    photos = [row("tea", 0.9, "t-090"), row("milk", 0.7, "m-000")]
    assert product_ranking.co_retrieved(photos) == []
    assert product_ranking.rank_products(photos, {}) == photos


def test_the_same_id_in_two_stores_is_two_products() -> None:
    photos = [row("tea", 0.9, "t-000", "north"), row("tea", 0.8, "s-000")]
    assert product_ranking.co_retrieved(photos) == []
    assert [(match.store, match.score) for match in product_ranking.rank_products(photos, {})] == [
        ("north", 0.9),
        ("", 0.8),
    ]


def test_photos_that_agree_outdo_a_single_one_that_is_a_little_nearer() -> None:
    query = unit(1, 0, 0, 0)
    vectors = {"a1": unit(1, 0.7, 0, 0), "a2": unit(1, 0, 0.7, 0), "a3": unit(1, 0, 0, 0.7), "b1": unit(1, 0.65, 0, 0)}
    photos = near(query, vectors)
    assert [photo.product_id for photo in photos][:2] == ["b", "a"]
    assert {photo.reference_id for photo in product_ranking.co_retrieved(photos)} == {"a1", "a2", "a3"}
    best, second = product_ranking.rank_products(photos, vectors)
    assert (best.product_id, second.product_id) == ("a", "b")
    mean = unit(3, 0.7, 0.7, 0.7)  # three photos, equally near
    assert best.score == pytest.approx(float(query @ mean), abs=1e-6)
    assert best.reference_id in {"a1", "a2", "a3"}


def test_a_photo_of_the_products_other_side_changes_next_to_nothing() -> None:
    query = unit(1, 0, 0)
    vectors = {"a1": unit(1, 0.3, 0), "a2": unit(0.1, 0, 1)}
    (match,) = product_ranking.rank_products(near(query, vectors), vectors)
    alone = float(query @ vectors["a1"])
    assert match.reference_id == "a1"
    assert match.score == pytest.approx(alone, abs=0.001)


def test_a_photo_whose_vector_is_gone_does_not_count_with_the_others() -> None:
    photos = [row("tea", 0.9, "t-000"), row("tea", 0.8, "u-000")]
    assert product_ranking.rank_products(photos, {"t-000": unit(1, 0)}) == [photos[0]]


def test_a_score_is_a_cosine_whatever_the_photos() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        query, *others = (unit(*vector) for vector in random.normal(size=(6, 8)))
        vectors = {f"a{number}": vector for number, vector in enumerate(others)}
        (match,) = product_ranking.rank_products(near(query, vectors), vectors)
        assert -1 - 1e-6 <= match.score <= 1 + 1e-6


def test_no_rows_are_no_products() -> None:
    assert product_ranking.best_row_per_photo([]) == [] and product_ranking.rank_products([], {}) == []
