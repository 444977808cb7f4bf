"""SearchByImage over a real channel."""

from __future__ import annotations

import grpc
import pytest

from support.catalogue_calls import enrol, nearest, reference
from support.pictures import BLUE, RED, counter, encode
from support.server import RunningServer
from tillsight.v1.recognition_pb2 import Box


async def test_the_nearest_products_of_the_dominant_object_are_found(running: RunningServer) -> None:
    blue = reference(2, photo=encode(counter(((40, 20, 40, 40), BLUE))))
    await enrol(running, reference(1), blue, reference(3, store="north"))
    answer = await nearest(running)
    assert [found.product_id for found in answer.products] == ["p01", "p02"]
    assert answer.products[0].score == pytest.approx(1, abs=1e-3)
    assert (answer.box.x, answer.box.y, answer.box.width, answer.box.height) == pytest.approx((40, 20, 40, 40), abs=1)
    assert len((await nearest(running, max_products=1)).products) == 1
    assert len((await nearest(running, store="north")).products) == 3


async def test_a_region_or_the_whole_photo_can_be_searched_for(running: RunningServer) -> None:
    await enrol(running, reference(1), reference(2, photo=encode(counter(((40, 20, 40, 40), BLUE)))))
    photo = encode(counter(((8, 10, 30, 30), RED), ((70, 30, 30, 40), BLUE)))
    for x, expected in ((8, "p01"), (66, "p02")):
        region = Box(x=x, y=12 if expected == "p01" else 30, width=32, height=40 if expected == "p02" else 28)
        answer = await nearest(running, photo=photo, region=region)
        assert answer.products[0].product_id == expected
    assert answer.box.x == pytest.approx(70, abs=1)  # the object's, not the region's
    running.fakes.segmenter.step.calls = 0
    assert (await nearest(running, photo=photo, whole=True)).box == Box(width=120, height=80)
    assert running.fakes.segmenter.step.calls == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"photo": b"GIF89a"}, "not a JPEG", id="no photo"),
        pytest.param({"region": Box(x=100, width=50, height=10)}, "exceeds the photo", id="region outside"),
        pytest.param({"max_products": 51}, "max_products is 51", id="too many"),
    ],
)
async def test_a_search_out_of_bounds_is_an_invalid_argument(running: RunningServer, fields: dict, reason: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await nearest(running, **fields)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT and reason in (caught.value.details() or "")
