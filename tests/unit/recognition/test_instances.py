"""Instances of a photo: found by the segmenter, or named as regions."""

from __future__ import annotations

import pytest

from support.fakes import FakeService
from support.three_products import THREE, service_with_three_products, soon
from tillsight.domain.errors import InvalidInput
from tillsight.domain.geometry import Box


async def test_a_rounded_box_at_the_image_border_is_clipped_to_the_photo() -> None:
    regions = [Box(-0.4, 0, 30, 30.5), Box(90.5, 50, 30, 31)]
    answer = await FakeService().recognizer.recognize(THREE, soon(), regions=regions)
    assert [found.instance.box for found in answer.objects] == [Box(0, 0, 29.6, 30.5), Box(90.5, 50, 29.5, 30)]


async def test_regions_are_recognised_without_the_segmenter() -> None:
    service = await service_with_three_products()
    regions = [Box(90, 12, 20, 50), Box(8, 10, 24, 24)]
    answer = await service.recognizer.recognize(THREE, soon(), regions=regions)
    assert [found.instance.box for found in answer.objects] == regions
    assert [found.judgement.candidates[0].product_id for found in answer.objects] == ["p-blue", "p-red"]
    assert service.segmenter.step.calls == 0 and "segment" not in answer.timings_ms


@pytest.mark.parametrize(
    "region",
    [
        Box(-1.5, 0, 10, 10),
        Box(0, -2, 10, 10),
        Box(115, 0, 10, 10),
        Box(0, 75, 10, 10),
        Box(10, 10, 0, 10),
        Box(10, 10, 10, -3),
        Box(float("nan"), 0, 10, 10),
        Box(0, 0, float("inf"), 10),
    ],
)
async def test_a_region_that_is_empty_or_exceeds_the_photo_is_named(region: Box) -> None:
    service = FakeService()
    with pytest.raises(InvalidInput, match=r"region 1 .*120 x 80"):
        await service.recognizer.recognize(THREE, soon(), regions=[Box(0, 0, 120, 80), region])
    assert service.embedder.step.calls == 0
