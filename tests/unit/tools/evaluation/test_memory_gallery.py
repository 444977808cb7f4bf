"""The gallery in memory: an exact search with stable ties, and what the enroller writes to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import memory_gallery
from evaluation.memory_gallery import MemoryGallery
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow, Reference

SOON = Deadline.after(60)


def row(
    photo: str, product: str, vector: Sequence[float], store: str = "", degrees: int = 0, active: bool = True
) -> GalleryRow:
    attributes: Mapping[str, object] = {"photo": photo}
    values = np.array(vector, np.float32)
    return GalleryRow(row_id(photo, degrees), product, product.upper(), store, degrees, attributes, values, active)


async def found(gallery: MemoryGallery, vector: Sequence[float], store: str = "", limit: int = 9) -> list[str]:
    (matches,) = await gallery.search_rows(np.array([vector], np.float32), store, limit, SOON)
    return [match.reference_id for match in matches]


async def test_rows_come_best_first_with_their_cosines_and_metadata() -> None:
    gallery = MemoryGallery([row("a", "tea", (0.6, 0.8)), row("b", "milk", (1, 0)), row("c", "jam", (0, 1))])

    (matches,) = await gallery.search_rows(np.array([[1, 0]], np.float32), "", 2, SOON)

    assert [(one.product_id, one.name, one.reference_id) for one in matches] == [
        ("milk", "MILK", "b-000"),
        ("tea", "TEA", "a-000"),
    ]
    assert [one.score for one in matches] == pytest.approx([1.0, 0.6])
    assert matches[0].attributes == {"photo": "b"}


async def test_equal_cosines_come_in_the_order_of_the_reference_ids() -> None:
    gallery = MemoryGallery(row(photo, "tea", (1, 0)) for photo in "dbca")

    assert await found(gallery, (1, 0), limit=3) == ["a-000", "b-000", "c-000"]


async def test_a_search_sees_active_rows_that_are_shared_or_of_its_store() -> None:
    gallery = MemoryGallery([
        row("a", "shared", (1, 0)),
        row("b", "north", (1, 0), store="north"),
        row("c", "south", (1, 0), store="south"),
        row("d", "inactive", (1, 0), active=False),
    ])  # fmt: skip

    assert await found(gallery, (1, 0)) == ["a-000"]
    assert await found(gallery, (1, 0), "north") == ["a-000", "b-000"]


async def test_an_empty_gallery_and_no_queries_give_empty_answers() -> None:
    assert await found(MemoryGallery(), (1, 0)) == []
    assert await MemoryGallery([row("a", "tea", (1, 0))]).search_rows(np.zeros((0, 2), np.float32), "", 3, SOON) == []


@given(
    st.lists(st.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.6, 0.8), (-0.8, 0.6)]), min_size=1, max_size=30),
    st.integers(1, 40),
)
async def test_the_search_equals_a_full_sort(vectors: list[tuple[float, float]], limit: int) -> None:
    gallery = MemoryGallery(row(f"{number:02d}", "tea", vector) for number, vector in enumerate(vectors))

    order = sorted(range(len(vectors)), key=lambda index: (-np.float32(vectors[index][0]), index))

    assert await found(gallery, (1, 0), limit=limit) == [f"{index:02d}-000" for index in order[:limit]]


async def test_blocks_of_queries_give_the_answers_of_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(20, 4)).astype(np.float32)
    gallery = MemoryGallery(row(f"{number:02d}", "tea", vector) for number, vector in enumerate(vectors))
    whole = await gallery.search_rows(vectors, "", 5, SOON)

    monkeypatch.setattr(memory_gallery, "COSINES_PER_BLOCK", 60)
    in_blocks = await gallery.search_rows(vectors, "", 5, SOON)

    assert [[one.reference_id for one in near] for near in whole] == [
        [one.reference_id for one in near] for near in in_blocks
    ]


async def test_a_written_row_is_found_and_replaces_the_one_with_its_id() -> None:
    gallery = MemoryGallery([row("a", "tea", (1, 0))])
    assert await found(gallery, (1, 0)) == ["a-000"]

    await gallery.upsert([row("b", "milk", (1, 0)), row("a", "tea", (0, 1))], SOON)

    assert await found(gallery, (1, 0)) == ["b-000", "a-000"]
    assert len(gallery.rows) == 2


async def test_the_enroller_reads_and_replaces_attributes_and_reads_names() -> None:
    gallery = MemoryGallery([row("a", "tea", (1, 0), store="north")])

    await gallery.set_attributes({"a-000": {"size": 2}, "absent": {"size": 3}}, SOON)
    await gallery.keep("a", Reference("tea", "TEA", b""))

    assert await gallery.attributes_of(["a-000", "absent"], SOON) == {"a-000": {"size": 2}}
    assert await gallery.names(["tea", "milk"], SOON) == {("tea", "north"): "TEA"}


async def test_vectors_of_rows_that_do_not_exist_are_left_out() -> None:
    gallery = MemoryGallery([row("a", "tea", (0.6, 0.8))])

    vectors = await gallery.vectors(["a-000", "absent"], SOON)

    assert list(vectors) == ["a-000"]
    assert vectors["a-000"] == pytest.approx([0.6, 0.8])


def test_a_gallery_without_some_products_keeps_the_others() -> None:
    gallery = MemoryGallery([row("a", "tea", (1, 0)), row("b", "milk", (0, 1))])

    assert [one.product_id for one in gallery.without({"tea"}).arrays.rows] == ["milk"]
    assert len(gallery.rows) == 2
