"""The gallery of the evaluation and the gallery in Milvus give equal answers for the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.memory_gallery import MemoryGallery
from support.milvus_galleries import open_live_gallery, soon
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.domain.arrays import Vectors
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.recognition.product_ranking import INITIAL_ROWS, nearest_products

DIMENSION, ROTATIONS, PHOTOS = 16, 8, 3


def unit(vectors: NDArray[np.floating]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def rows_near(
    random: np.random.Generator, product: str, centre: Vectors, spread: float, photos: int = PHOTOS, store: str = ""
) -> list[GalleryRow]:
    """Rows of some photos of a product, ROTATIONS each; their vectors lie around `centre`."""
    rows = []
    for photo in range(photos):
        middle = centre + spread * random.normal(size=DIMENSION)
        for turn in range(ROTATIONS):
            vector = unit(middle + 0.3 * spread * random.normal(size=DIMENSION))
            degrees = round(360 * turn / ROTATIONS)
            attributes = {"photo": photo}
            rows.append(
                GalleryRow(
                    row_id(f"{product}{store}-{photo}", degrees),
                    product,
                    product.upper(),
                    store,
                    degrees,
                    attributes,
                    vector,
                )
            )
    return rows


def gallery_rows(random: np.random.Generator) -> list[GalleryRow]:
    """Products with several photos and rotations, of two stores and shared; one row is not active."""
    rows = []
    for number in range(8):
        store = {5: "north", 6: "north", 7: "south"}.get(number, "")
        centre = unit(random.normal(size=DIMENSION))
        rows += rows_near(random, f"p{number}", centre, 0.15, photos=1 + number % PHOTOS, store=store)
    rows += rows_near(random, "p0", unit(random.normal(size=DIMENSION)), 0.15, store="north")  # the same id elsewhere
    rows[3] = replace(rows[3], active=False)
    return rows


def comparable(near: Sequence[Match]) -> list[tuple[object, ...]]:
    return [(match.product_id, match.store, match.name, match.reference_id, dict(match.attributes)) for match in near]


async def check_equal(
    milvus_calls: MilvusCalls, alias: str, rows: Sequence[GalleryRow], queries: Vectors, store: str, count: int
) -> list[list[Match]]:
    """The nearest products in Milvus, after they were compared with those in memory."""
    in_milvus = await open_live_gallery(milvus_calls, alias, DIMENSION)
    await in_milvus.upsert(rows, soon())
    in_memory = MemoryGallery(rows)
    found = await nearest_products(in_milvus, queries, store, count, soon())
    expected = await nearest_products(in_memory, queries, store, count, soon())
    for near, also_near in zip(found, expected, strict=True):
        assert comparable(near) == comparable(also_near)
        np.testing.assert_allclose([match.score for match in near], [match.score for match in also_near], atol=1e-5)
    return found


@pytest.mark.parametrize("store", ["", "north", "south"])
@pytest.mark.parametrize("count", [1, 4, 50])
async def test_both_galleries_name_the_same_products_with_the_same_scores_and_references(
    milvus_calls: MilvusCalls, store: str, count: int
) -> None:
    random = np.random.default_rng(7)
    rows = gallery_rows(random)
    queries = unit(
        np.stack([rows[3].vector, *(row.vector for row in rows[::29])]) + 0.1 * random.normal(size=DIMENSION)
    )
    found = await check_equal(milvus_calls, "ranking", rows, queries, store, count)
    visible = {(row.product_id, row.store) for row in rows if row.active and row.store in ("", store)}
    for near in found:
        assert len(near) == min(count, len(visible))
        assert {(match.product_id, match.store) for match in near} <= visible


async def test_both_galleries_request_more_rows_where_one_product_fills_the_answer(milvus_calls: MilvusCalls) -> None:
    random = np.random.default_rng(8)
    centre = unit(random.normal(size=DIMENSION))
    filling = rows_near(random, "filling", centre, 0.02, photos=INITIAL_ROWS // ROTATIONS + 4)
    others = [
        row
        for number in range(3)
        for row in rows_near(random, f"other{number}", unit(centre + random.normal(size=DIMENSION)), 0.05)
    ]
    assert len(filling) > INITIAL_ROWS
    queries = np.stack([centre, others[0].vector])
    found = await check_equal(milvus_calls, "filled", [*filling, *others], queries, "", 4)
    assert found[0][0].product_id == "filling"
    assert all(len(near) == 4 for near in found)
