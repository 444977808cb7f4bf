"""Query objects and their nearest products."""

from __future__ import annotations

import numpy as np

from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects, nearest_to
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.recognition.verdict import PRODUCTS_CONSIDERED


def test_whole_photos_are_one_object_each() -> None:
    objects = QueryObjects.whole(np.eye(3, dtype=np.float32), ["a", "", "c"])

    chosen = objects.select(np.array([2, 0]))

    assert (chosen.labels.tolist(), chosen.photos.tolist()) == (["c", "a"], [2, 0])
    assert not objects.fragments.any() and (objects.scores == 1).all()


def test_each_vector_gets_as_many_products_as_a_verdict_considers() -> None:
    vectors = np.eye(40, dtype=np.float32)
    gallery = MemoryGallery(GalleryRow(row_id(f"{n:02d}", 0), f"p{n}", "", "", 0, {}, vectors[n]) for n in range(40))

    near = nearest_to(gallery, vectors[:3])

    assert [matches[0].product_id for matches in near] == ["p0", "p1", "p2"]
    assert {len(matches) for matches in near} == {PRODUCTS_CONSIDERED}
