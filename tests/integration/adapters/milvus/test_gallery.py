"""What a gallery keeps in each kind of Milvus."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.gallery import MilvusGallery
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.recognition import product_ranking
from tillsight.recognition.calibration import Calibration

FINGERPRINT, DIMENSION = "0123456789abcdef", 8
CALIBRATION = Calibration(enrolled_intercept=-7.5, best_weight=33.25, known_from=0.875)


class Made:
    """All that a gallery's name and schema need of an embedder."""

    fingerprint = FINGERPRINT
    dimension = DIMENSION


@pytest_asyncio.fixture
async def calls(milvus_uri: str) -> AsyncIterator[MilvusCalls]:
    calls = MilvusCalls(milvus_uri)
    yield calls
    calls.close()


async def opened(calls: MilvusCalls, alias: str) -> MilvusGallery:
    """The live gallery behind an alias, made where there is none."""
    galleries = MilvusVersions(calls, alias, "vgg", 8)
    await galleries.ping(soon())
    live = await galleries.live(soon())
    return await (galleries.open(live, soon()) if live else galleries.found("vgg", Made(), 8, soon()))


def soon() -> Deadline:
    return Deadline.after(60)


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


async def test_a_calibration_is_kept_with_the_collection(calls: MilvusCalls) -> None:
    gallery = await opened(calls, "judged")
    assert gallery.calibration is None and await gallery.size(soon()) == 0
    await gallery.set_calibration(CALIBRATION, soon())
    assert gallery.calibration == CALIBRATION
    assert (await opened(calls, "judged")).calibration == CALIBRATION  # another service, or this one started again
    await gallery.set_calibration(Calibration(), soon())
    assert (await opened(calls, "judged")).calibration == Calibration()


async def test_an_invalid_calibration_in_milvus_is_not_used(calls: MilvusCalls) -> None:
    gallery = await opened(calls, "invalid")
    properties = {"tillsight.calibration": "{}"}
    await calls.call(
        lambda client, t: client.alter_collection_properties(gallery.version, properties, timeout=t), soon()
    )
    assert (await opened(calls, "invalid")).calibration is None


async def test_the_score_of_a_product_is_that_of_its_weighted_mean_photo(calls: MilvusCalls) -> None:
    gallery = await opened(calls, "agreeing")
    query = unit(1)
    photos = {"a1": unit(1, 0.7), "a2": unit(1, 0, 0.7), "a3": unit(1, 0, 0, 0.7), "b1": unit(1, 0.65)}
    rows = [
        GalleryRow(row_id(photo, degrees), photo[0], photo[0].upper(), "", degrees, {}, vector)
        for photo, upright in photos.items()
        for degrees, vector in ((0, upright), (180, np.roll(upright, 4)))
    ]
    await gallery.upsert(rows, soon())
    assert await gallery.size(soon()) == 8
    ((best, second),) = await gallery.search(query[None], "", 5, soon())
    assert (best.product_id, second.product_id, second.reference_id) == ("a", "b", "b1-000")
    assert best.score == pytest.approx(float(query @ unit(3, 0.7, 0.7, 0.7)), abs=1e-3)
    assert second.score == pytest.approx(float(query @ photos["b1"]), abs=1e-3)
    # Together with others in one search, and with a product that fills all that a search asks for first.
    many = [
        GalleryRow(row_id(f"c{n}", 0), "c", "C", "", 0, {}, unit(0, 0, 0, 0, 1, 0.001 * n))
        for n in range(product_ranking.INITIAL_ROWS)
    ]
    await gallery.upsert(many, soon())
    nearest = await gallery.search(np.stack([query, unit(0, 0, 0, 0, 1)]), "", 2, soon())
    assert [[match.product_id for match in near] for near in nearest] == [["a", "b"], ["c", "a"]]
