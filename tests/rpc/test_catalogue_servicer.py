"""Calls on the catalogue over a real channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from support.pictures import BLUE, RED, counter, encode
from support.server import RunningServer
from tillsight.catalogue.enrolment import GROUP_SIZE
from tillsight.domain.errors import Unavailable
from tillsight.v1.catalogue_pb2 import (
    DescribeGalleryRequest,
    EnrolProductsRequest,
    EnrolProductsResponse,
    GetProductRequest,
    GetProductResponse,
    ListProductsRequest,
    RemoveProductsRequest,
    SearchByImageRequest,
    SearchByImageResponse,
)
from tillsight.v1.recognition_pb2 import Box

PHOTO = encode(counter(((40, 20, 40, 40), RED)))


def reference(number: int, photo: bytes = PHOTO, store: str = "") -> EnrolProductsRequest:
    return EnrolProductsRequest(product_id=f"p{number:02}", name=f"Tea {number}", photo=photo, store=store)


async def enrol(running: RunningServer, *references: EnrolProductsRequest) -> EnrolProductsResponse:
    answer: EnrolProductsResponse = await running.catalogue.EnrolProducts(iter(references), timeout=20)
    return answer


async def product(running: RunningServer, product_id: str, store: str = "") -> GetProductResponse:
    request = GetProductRequest(product_id=product_id, store=store)
    answer: GetProductResponse = await running.catalogue.GetProduct(request, timeout=20)
    return answer


async def nearest(running: RunningServer, photo: bytes = PHOTO, **fields: Any) -> SearchByImageResponse:
    request = SearchByImageRequest(photo=photo, **fields)
    answer: SearchByImageResponse = await running.catalogue.SearchByImage(request, timeout=20)
    return answer


async def listed(running: RunningServer, **fields: object) -> tuple[list[str], str]:
    page = await running.catalogue.ListProducts(ListProductsRequest(**fields), timeout=20)
    return [product.product_id for product in page.products], page.next_page_token


async def test_a_refusal_in_the_middle_of_a_stream_leaves_the_others(running: RunningServer) -> None:
    stream = [reference(number) for number in range(GROUP_SIZE + 5)]
    stream[7] = reference(7, photo=PHOTO[:90])
    stream[GROUP_SIZE + 1].product_id = "line\nend"
    answer = await enrol(running, *stream)
    assert (answer.enrolled, answer.unchanged) == (GROUP_SIZE + 3, 0)
    assert [(one.index, one.product_id) for one in answer.refused] == [(7, "p07"), (GROUP_SIZE + 1, "line\nend")]
    assert "damaged" in answer.refused[0].reason and "control characters" in answer.refused[1].reason


async def test_enrolling_again_reports_unchanged(running: RunningServer) -> None:
    stream = [reference(number) for number in range(3)]
    await enrol(running, *stream)
    again = await enrol(running, *stream, reference(3))
    assert (again.enrolled, again.unchanged, len(again.refused)) == (1, 3, 0)


async def test_enrolling_again_with_other_attributes_reports_updated(running: RunningServer) -> None:
    await enrol(running, reference(1), reference(2))
    changed = reference(1)
    changed.attributes.update({"vat": 19})
    again = await enrol(running, changed, reference(2))
    assert (again.enrolled, again.updated, again.unchanged, len(again.refused)) == (0, 1, 1, 0)
    assert (await product(running, "p01")).product.attributes["vat"] == 19


async def test_a_removed_product_is_in_no_later_answer(running: RunningServer) -> None:
    await enrol(running, reference(1), reference(2), reference(1, store="north"))
    request = RemoveProductsRequest(product_ids=["p01", "p09"])
    answer = await running.catalogue.RemoveProducts(request, timeout=20)
    assert (answer.products, answer.rows, list(answer.missing)) == (1, 4, ["p09"])
    assert (await listed(running))[0] == ["p02"]
    assert [found.product_id for found in (await nearest(running)).products] == ["p02"]
    assert (await product(running, "p01", "north")).product.store == "north"
    again = await running.catalogue.RemoveProducts(request, timeout=20)
    assert (again.products, again.rows, list(again.missing)) == (0, 0, ["p01", "p09"])


async def test_a_product_comes_with_its_references(running: RunningServer) -> None:
    photos = [PHOTO, encode(counter(((40, 20, 40, 40), RED), width=130))]
    first = reference(1, photo=photos[0])
    first.attributes.update({"side": "front"})
    await enrol(running, first, reference(1, photo=photos[1]), reference(2))
    answer = await product(running, "p01")
    assert (answer.product.name, answer.product.active, answer.product.references) == ("Tea 1", True, 2)
    assert [(one.rotations, one.active, len(one.photo_id)) for one in answer.references] == [(4, True, 32)] * 2
    assert sorted(dict(one.attributes).get("side", "") for one in answer.references) == ["", "front"]


@pytest.mark.parametrize(("number", "store"), [(9, ""), (1, "north"), (2, "")])
async def test_a_product_that_a_store_does_not_have_is_not_found(
    running: RunningServer, number: int, store: str
) -> None:
    await enrol(running, reference(1), reference(2, store="north"))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await product(running, f"p{number:02}", store)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert f"'p{number:02}'" in (caught.value.details() or "")


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


@pytest.mark.parametrize("rpc", ["GetProduct", "SearchByImage", "ListProducts", "DescribeGallery"])
async def test_reading_writes_nothing(running: RunningServer, rpc: str) -> None:
    await enrol(running, reference(1))
    rows, writes = dict(running.fakes.gallery.rows), running.fakes.gallery.writing.calls
    requests = {
        "GetProduct": GetProductRequest(product_id="p01"),
        "SearchByImage": SearchByImageRequest(photo=PHOTO),
        "ListProducts": ListProductsRequest(),
        "DescribeGallery": DescribeGalleryRequest(),
    }
    await getattr(running.catalogue, rpc)(requests[rpc], timeout=20)
    assert (running.fakes.gallery.rows, running.fakes.gallery.writing.calls) == (rows, writes)


async def test_an_empty_stream_enrols_nothing(running: RunningServer) -> None:
    answer = await enrol(running)
    assert (answer.enrolled, answer.unchanged, len(answer.refused)) == (0, 0, 0)


async def test_a_server_that_fails_ends_the_enrolment_and_is_named(running: RunningServer) -> None:
    running.fakes.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await enrol(running, reference(1))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE and "Milvus" in (caught.value.details() or "")


async def test_a_client_that_stops_sending_keeps_what_was_acknowledged_in_groups(running: RunningServer) -> None:
    async def endless() -> AsyncIterator[EnrolProductsRequest]:
        for number in range(GROUP_SIZE):
            yield reference(number)
        await running.fakes.gallery.writing.reached.wait()
        call.cancel()

    call = running.catalogue.EnrolProducts(endless(), timeout=20)
    with pytest.raises(BaseException):  # noqa: B017  CancelledError, or the channel's own
        await call
    assert running.fakes.gallery.writing.finished == 1
    assert (await listed(running))[0] == [f"p{number:02}" for number in range(GROUP_SIZE)]


async def test_pages_follow_each_other_without_gap_or_repetition(running: RunningServer) -> None:
    await enrol(running, *(reference(number) for number in range(5)), reference(2, store="north"))
    seen, token = [], ""
    for _ in range(3):
        page, token = await listed(running, page_size=2, page_token=token, store="north")
        seen += page
    assert seen == ["p00", "p01", "p02", "p02", "p03", "p04"]
    rest, end = await listed(running, page_size=2, page_token=token, store="north")
    assert (rest, end) == ([], "")


@pytest.mark.parametrize(("page_size", "on_page"), [(0, 5), (1, 1), (5, 5), (4_000_000_000, 5)])
async def test_any_page_size_is_served(running: RunningServer, page_size: int, on_page: int) -> None:
    await enrol(running, *(reference(number) for number in range(5)))
    assert len((await listed(running, page_size=page_size))[0]) == on_page


async def test_only_what_a_store_may_see_is_listed(running: RunningServer) -> None:
    await enrol(running, reference(1), reference(2, store="north"), reference(3, store="south"))
    assert (await listed(running))[0] == ["p01"]
    assert (await listed(running, store="north"))[0] == ["p01", "p02"]


@pytest.mark.parametrize("token", ["x", "5", '["a"]', '["p01", ""] ', "null", "[" * 50_000])
async def test_an_invalid_page_token_is_an_invalid_argument(running: RunningServer, token: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await listed(running, page_token=token)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "next_page_token" in (caught.value.details() or "")


async def test_the_gallery_is_described_in_products_references_and_rows(running: RunningServer) -> None:
    other = encode(counter(((40, 20, 40, 40), RED), width=130))
    await enrol(running, reference(1), reference(1, photo=other), reference(2))
    answer = await running.catalogue.DescribeGallery(DescribeGalleryRequest(), timeout=20)
    assert (answer.products, answer.references, answer.rows, answer.dimension) == (2, 3, 12, 3)
    assert answer.gallery == running.fakes.gallery.version
    assert answer.embedder_fingerprint == running.fakes.embedder.fingerprint
