"""Rows near a crop become ranked products."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from support.fakes import FakeGallery
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.recognition import product_ranking
from tillsight.recognition.product_ranking import INITIAL_ROWS, MAX_ROWS, ROW_GROWTH, nearest_products

VectorsById = dict[str, NDArray[np.float32]]


def row(product: str, score: float, reference: str, store: str = "") -> Match:
    return Match(product, product.title(), score, reference, store)


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def near(query: NDArray[np.float32], vectors: VectorsById) -> list[Match]:
    """Photos by their vectors, best first; the product is the reference id's first letter."""
    found = [row(key[0], float(query @ vector), key) for key, vector in vectors.items()]
    return sorted(found, key=lambda match: -match.score)


def test_the_nearest_rotation_of_a_photo_counts() -> None:
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


def test_several_photos_of_a_product_outweigh_a_single_one_that_is_slightly_nearer() -> None:
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


def test_a_photo_of_the_products_other_side_hardly_changes_the_score() -> None:
    query = unit(1, 0, 0)
    vectors = {"a1": unit(1, 0.3, 0), "a2": unit(0.1, 0, 1)}
    (match,) = product_ranking.rank_products(near(query, vectors), vectors)
    alone = float(query @ vectors["a1"])
    assert match.reference_id == "a1"
    assert match.score == pytest.approx(alone, abs=0.001)


def test_a_photo_without_a_vector_does_not_count_towards_the_mean() -> None:
    photos = [row("tea", 0.9, "t-000"), row("tea", 0.8, "u-000")]
    assert product_ranking.rank_products(photos, {"t-000": unit(1, 0)}) == [photos[0]]


def test_a_score_is_a_cosine_whatever_the_photos() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        query, *others = (unit(*vector) for vector in random.normal(size=(6, 8)))
        vectors = {f"a{number}": vector for number, vector in enumerate(others)}
        (match,) = product_ranking.rank_products(near(query, vectors), vectors)
        assert -1 - 1e-6 <= match.score <= 1 + 1e-6


def test_no_rows_give_no_products() -> None:
    assert product_ranking.best_row_per_photo([]) == [] and product_ranking.rank_products([], {}) == []


def gallery_of(rows: dict[str, NDArray[np.float32]], store: str = "") -> FakeGallery:
    """Rows by reference id; the product is the reference id's first letter."""
    gallery = FakeGallery()
    for reference, vector in rows.items():
        gallery.rows[reference] = GalleryRow(reference, reference[0], reference[0].upper(), store, 0, {}, vector)
    return gallery


def rotations_of(product: str, count: int, nearness: float) -> dict[str, NDArray[np.float32]]:
    """Rows of one photo of a product, all about equally near to (1, 0, 0)."""
    return {row_id(f"{product}photo", degrees): unit(nearness, 1 + 1e-4 * degrees, 0) for degrees in range(count)}


async def nearest(
    gallery: FakeGallery, *queries: NDArray[np.float32], store: str = "", count: int = 2
) -> list[list[str]]:
    found = await nearest_products(gallery, np.stack(queries), store, count, Deadline.after(30))
    return [[match.product_id for match in near] for near in found]


QUERY, OTHER_QUERY = unit(1, 0, 0), unit(0, 0, 1)


async def test_one_search_is_enough_where_it_finds_enough_products() -> None:
    gallery = gallery_of({**rotations_of("a", 8, 2), **rotations_of("b", 8, 1)})
    assert await nearest(gallery, QUERY) == [["a", "b"]]
    assert gallery.searches == [((1, 3), "", INITIAL_ROWS)]


async def test_a_small_gallery_is_searched_once_even_if_it_has_too_few_products() -> None:
    gallery = gallery_of(rotations_of("a", INITIAL_ROWS - 1, 2))
    assert await nearest(gallery, QUERY) == [["a"]]
    assert len(gallery.searches) == 1


async def test_only_vectors_whose_answer_is_full_of_too_few_products_are_searched_again() -> None:
    rows = {**rotations_of("a", INITIAL_ROWS, 2), **rotations_of("b", 8, 1)}
    other = {"c-000": unit(0, 0.1, 1), "d-000": unit(0, 0.2, 1)}
    gallery = gallery_of({**rows, **other})
    assert await nearest(gallery, QUERY, OTHER_QUERY) == [["a", "b"], ["c", "d"]]
    assert gallery.searches == [((2, 3), "", INITIAL_ROWS), ((1, 3), "", ROW_GROWTH * INITIAL_ROWS)]


async def test_the_search_for_more_products_ends_at_the_most_rows() -> None:
    gallery = gallery_of({**rotations_of("a", MAX_ROWS, 2), **rotations_of("b", 8, 1)})
    assert await nearest(gallery, QUERY) == [["a"]]
    limits = [limit for _, _, limit in gallery.searches]
    assert limits[0] == INITIAL_ROWS and limits[-1] == MAX_ROWS
    assert limits == sorted(set(limits))


async def test_vectors_are_fetched_only_for_products_that_several_photos_of_are_near() -> None:
    several = {"a1-000": unit(2, 1, 0), "a2-090": unit(2, 0, 1), "a2-180": unit(1, 0, 1)}
    gallery = gallery_of({**several, **rotations_of("b", 8, 1)})
    assert await nearest(gallery, QUERY) == [["a", "b"]]
    (asked,) = gallery.vector_requests
    assert sorted(asked) == ["a1-000", "a2-090"]


async def test_no_vectors_are_fetched_where_each_product_has_one_photo() -> None:
    gallery = gallery_of({**rotations_of("a", 8, 2), **rotations_of("b", 8, 1)})
    await nearest(gallery, QUERY)
    assert gallery.vector_requests == []


async def test_the_store_of_the_search_is_the_callers_and_no_more_products_come_than_asked_for() -> None:
    gallery = gallery_of({f"{product}-000": unit(2, 1, 0) for product in "abcdef"}, store="north")
    assert len((await nearest(gallery, QUERY, store="north", count=4))[0]) == 4
    assert await nearest(gallery, QUERY, store="south") == [[]]
    assert [store for _, store, _ in gallery.searches] == ["north", "south"]
