"""What a gallery keeps in each kind of Milvus."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from support.milvus_galleries import open_live_gallery, soon
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.product_ranking import INITIAL_ROWS, nearest_products

DIMENSION = 8
CALIBRATION = Calibration(enrolled_intercept=-7.5, best_weight=33.25, known_from=0.875)


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


async def test_a_calibration_is_kept_with_the_collection(milvus_calls: MilvusCalls) -> None:
    gallery = await open_live_gallery(milvus_calls, "judged")
    assert gallery.calibration is None and await gallery.size(soon()) == 0
    await gallery.set_calibration(CALIBRATION, soon())
    assert gallery.calibration == CALIBRATION
    assert (await open_live_gallery(milvus_calls, "judged")).calibration == CALIBRATION  # as another service opens it
    await gallery.set_calibration(Calibration(), soon())
    assert (await open_live_gallery(milvus_calls, "judged")).calibration == Calibration()


async def test_an_invalid_calibration_in_milvus_is_not_used(milvus_calls: MilvusCalls) -> None:
    gallery = await open_live_gallery(milvus_calls, "invalid")
    properties = {"tillsight.calibration": "{}"}
    await milvus_calls.call(
        lambda client, t: client.alter_collection_properties(gallery.version, properties, timeout=t), soon()
    )
    assert (await open_live_gallery(milvus_calls, "invalid")).calibration is None


async def test_the_score_of_a_product_is_that_of_its_weighted_mean_photo(milvus_calls: MilvusCalls) -> None:
    gallery = await open_live_gallery(milvus_calls, "agreeing")
    query = unit(1)
    photos = {"a1": unit(1, 0.7), "a2": unit(1, 0, 0.7), "a3": unit(1, 0, 0, 0.7), "b1": unit(1, 0.65)}
    rows = [
        GalleryRow(row_id(photo, degrees), photo[0], photo[0].upper(), "", degrees, {}, vector)
        for photo, upright in photos.items()
        for degrees, vector in ((0, upright), (180, np.roll(upright, 4)))
    ]
    await gallery.upsert(rows, soon())
    assert await gallery.size(soon()) == 8
    ((best, second),) = await nearest_products(gallery, query[None], "", 5, soon())
    assert (best.product_id, second.product_id, second.reference_id) == ("a", "b", "b1-000")
    assert best.score == pytest.approx(float(query @ unit(3, 0.7, 0.7, 0.7)), abs=1e-3)
    assert second.score == pytest.approx(float(query @ photos["b1"]), abs=1e-3)
    # Together with another vector in one search, and with a product that fills the first answer.
    many = [
        GalleryRow(row_id(f"c{n}", 0), "c", "C", "", 0, {}, unit(0, 0, 0, 0, 1, 0.001 * n)) for n in range(INITIAL_ROWS)
    ]
    await gallery.upsert(many, soon())
    nearest = await nearest_products(gallery, np.stack([query, unit(0, 0, 0, 0, 1)]), "", 2, soon())
    assert [[match.product_id for match in near] for near in nearest] == [["a", "b"], ["c", "a"]]
