"""EnrolProducts, RemoveProducts and GetProduct over a real channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest

from support.catalogue_calls import PHOTO, enrol, listed, nearest, product, reference
from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.catalogue.enrolment import GROUP_SIZE
from tillsight.domain.errors import Unavailable
from tillsight.v1.catalogue_pb2 import (
    DescribeGalleryRequest,
    EnrolProductsRequest,
    GetProductRequest,
    ListProductsRequest,
    RemoveProductsRequest,
    SearchByImageRequest,
)


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
