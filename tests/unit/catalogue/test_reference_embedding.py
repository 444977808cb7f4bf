"""Crops of reference photos, and their vectors."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeEmbedder, FakeService
from support.pictures import BLUE, GREEN, RED, counter, encode
from support.references import TEA, enrol, numbered, record_crops
from tillsight.catalogue.reference_embedding import (
    CONCURRENT_REQUESTS,
    CROPS_PER_REQUEST,
    EnrolmentConcurrency,
    crop_reference,
    embed_crops,
)
from tillsight.domain.deadline import Deadline
from tillsight.domain.geometry import Box
from tillsight.imaging.decoding import PhotoLimits
from tillsight.imaging.polygons import bounding_box


async def test_the_number_of_requests_to_the_embedder_is_limited_over_all_calls() -> None:
    service = FakeService(rotations=8)
    step, enough = service.embedder.step, asyncio.Event()
    under_way: list[int] = []

    def take() -> None:
        under_way.append(step.calls - step.finished)
        if step.calls == CONCURRENT_REQUESTS:
            enough.set()

    step.on_take, step.hold = take, asyncio.Event()
    few, others = numbered(8), [replace(one, store="north") for one in numbered(8)]
    calls = [asyncio.create_task(enrol(service, *some)) for some in (few, others)]
    await enough.wait()
    step.hold.set()
    assert [(await call).enrolled for call in calls] == [8, 8]
    assert max(under_way) == CONCURRENT_REQUESTS
    assert [batch[0] for batch in service.embedder.batches] == [CROPS_PER_REQUEST] * 4


async def test_transparency_is_used_as_the_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    rgba = np.dstack([np.full((80, 120, 3), GREEN, np.uint8), np.zeros((80, 120), np.uint8)])
    rgba[30:50, 20:100, 3] = 255
    service = FakeService(rotations=1)
    given = record_crops(service, monkeypatch)
    await enrol(service, replace(TEA, photo=encode(rgba)))
    assert service.segmenter.step.calls == 0
    crop = given[0][0]
    np.testing.assert_allclose(crop[16, 16], GREEN, atol=2)
    np.testing.assert_array_equal(crop[8, 16], [114] * 3)  # four times as wide as high: background above


async def test_an_opaque_alpha_channel_is_not_a_mask() -> None:
    opaque = np.dstack([counter(((40, 20, 40, 40), RED)), np.full((80, 120), 255, np.uint8)])
    service = FakeService()
    await enrol(service, replace(TEA, photo=encode(opaque)))
    assert service.segmenter.step.calls == 1


async def test_a_region_without_an_object_is_cropped_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = encode(counter(((0, 0, 60, 80), RED), ((60, 0, 60, 80), BLUE)))
    service = FakeService(rotations=1)
    given = record_crops(service, monkeypatch)
    await enrol(service, replace(TEA, photo=photo, region=Box(60, 20, 40, 40)))
    np.testing.assert_allclose(given[0][0][4:28, 4:28], np.full((24, 24, 3), BLUE), atol=2)


async def test_the_object_at_a_region_is_cropped(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = encode(counter(((10, 10, 40, 60), RED), ((70, 20, 40, 40), BLUE)))
    service = FakeService(rotations=1)
    given = record_crops(service, monkeypatch)
    await enrol(service, replace(TEA, photo=photo, region=Box(66, 14, 50, 50)))
    crop = given[0][0]
    np.testing.assert_allclose(crop[3:29, 3:29], np.full((26, 26, 3), BLUE), atol=2)
    np.testing.assert_allclose(crop[0, 0], [114] * 3, atol=5)  # not the white counter, which is in the region too


async def test_a_region_of_the_whole_photo_is_the_whole_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService(rotations=1)
    given = record_crops(service, monkeypatch)
    photo = encode(counter(((5, 5, 110, 70), RED)))
    await enrol(service, replace(TEA, photo=photo, region=Box(0, 0, 120, 80)))
    assert service.segmenter.step.calls == 0
    np.testing.assert_allclose(given[0][0][6, 16], [255] * 3, atol=2)


async def test_the_only_object_of_a_photo_is_cropped(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService(rotations=1)
    given = record_crops(service, monkeypatch)
    await enrol(service, TEA)
    np.testing.assert_allclose(given[0][0][4:28, 4:28], np.full((24, 24, 3), RED), atol=2)


async def test_vectors_come_in_the_order_of_their_crops_however_many_requests_there_are() -> None:
    embedder = FakeEmbedder(crop_size=4)
    levels = np.arange(2 * CROPS_PER_REQUEST + 5)
    crops = np.zeros((len(levels), 4, 4, 3), np.uint8)
    crops[..., 0] = levels[:, None, None]
    vectors = await embed_crops(crops, embedder, EnrolmentConcurrency(), Deadline.after(30))
    assert sum(batch[0] for batch in embedder.batches) == len(levels)
    assert max(batch[0] for batch in embedder.batches) <= CROPS_PER_REQUEST
    assert (np.diff(vectors[:, 0]) > 0).all()  # more red, crop by crop


async def test_a_reference_is_cropped_at_every_rotation_and_keeps_its_outline() -> None:
    service = FakeService()
    arguments = (service.segmenter, PhotoLimits(), 32, 4, EnrolmentConcurrency(), Deadline.after(30))
    crops, outline = await crop_reference(TEA, *arguments)
    assert crops.shape == (4, 32, 32, 3)
    box = bounding_box(outline)
    assert (box.x, box.y, box.width, box.height) == pytest.approx((40, 20, 40, 40), abs=1)
