"""EnrolProducts, ListProducts and DescribeGallery over a real channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest

from pictures import RED, counter, encode
from running import Running
from tillsight.catalogue import GROUP
from tillsight.errors import Unavailable
from tillsight.v1.catalogue_pb2 import (
    DescribeGalleryRequest,
    EnrolProductsRequest,
    EnrolProductsResponse,
    ListProductsRequest,
)

PHOTO = encode(counter(((40, 20, 40, 40), RED)))


def reference(number: int, photo: bytes = PHOTO, store: str = "") -> EnrolProductsRequest:
    return EnrolProductsRequest(product_id=f"p{number:02}", name=f"Tea {number}", photo=photo, store=store)


async def enrol(running: Running, *references: EnrolProductsRequest) -> EnrolProductsResponse:
    answer: EnrolProductsResponse = await running.catalogue.EnrolProducts(iter(references), timeout=20)
    return answer


async def listed(running: Running, **fields: object) -> tuple[list[str], str]:
    page = await running.catalogue.ListProducts(ListProductsRequest(**fields), timeout=20)
    return [product.product_id for product in page.products], page.next_page_token


async def test_a_refusal_in_the_middle_of_a_stream_leaves_the_others(running: Running) -> None:
    stream = [reference(number) for number in range(GROUP + 5)]
    stream[7] = reference(7, photo=PHOTO[:90])
    stream[GROUP + 1].product_id = "line\nend"
    answer = await enrol(running, *stream)
    assert (answer.enrolled, answer.unchanged) == (GROUP + 3, 0)
    assert [(one.index, one.product_id) for one in answer.refused] == [(7, "p07"), (GROUP + 1, "line\nend")]
    assert "damaged" in answer.refused[0].reason and "control characters" in answer.refused[1].reason


async def test_enrolling_again_reports_unchanged(running: Running) -> None:
    stream = [reference(number) for number in range(3)]
    await enrol(running, *stream)
    again = await enrol(running, *stream, reference(3))
    assert (again.enrolled, again.unchanged, len(again.refused)) == (1, 3, 0)


async def test_an_empty_stream_enrols_nothing(running: Running) -> None:
    answer = await enrol(running)
    assert (answer.enrolled, answer.unchanged, len(answer.refused)) == (0, 0, 0)


async def test_a_server_that_goes_away_ends_enrolment_and_is_named(running: Running) -> None:
    running.world.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await enrol(running, reference(1))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE and "Milvus" in (caught.value.details() or "")


async def test_a_client_that_stops_sending_keeps_what_was_acknowledged_in_groups(running: Running) -> None:
    async def endless() -> AsyncIterator[EnrolProductsRequest]:
        for number in range(GROUP):
            yield reference(number)
        await running.world.gallery.writing.reached.wait()
        call.cancel()

    call = running.catalogue.EnrolProducts(endless(), timeout=20)
    with pytest.raises(BaseException):  # noqa: B017  CancelledError, or the channel's own
        await call
    assert running.world.gallery.writing.finished == 1
    assert (await listed(running))[0] == [f"p{number:02}" for number in range(GROUP)]


async def test_pages_follow_each_other_without_gap_or_repetition(running: Running) -> None:
    await enrol(running, *(reference(number) for number in range(5)), reference(2, store="north"))
    seen, token = [], ""
    for _ in range(3):
        page, token = await listed(running, page_size=2, page_token=token, store="north")
        seen += page
    assert seen == ["p00", "p01", "p02", "p02", "p03", "p04"]
    rest, end = await listed(running, page_size=2, page_token=token, store="north")
    assert (rest, end) == ([], "")


@pytest.mark.parametrize(("page_size", "on_page"), [(0, 5), (1, 1), (5, 5), (4_000_000_000, 5)])
async def test_any_page_size_is_served(running: Running, page_size: int, on_page: int) -> None:
    await enrol(running, *(reference(number) for number in range(5)))
    assert len((await listed(running, page_size=page_size))[0]) == on_page


async def test_only_what_a_store_may_see_is_listed(running: Running) -> None:
    await enrol(running, reference(1), reference(2, store="north"), reference(3, store="south"))
    assert (await listed(running))[0] == ["p01"]
    assert (await listed(running, store="north"))[0] == ["p01", "p02"]


@pytest.mark.parametrize("token", ["x", "5", '["a"]', '["p01", ""] ', "null", "[" * 50_000])
async def test_a_bad_page_token_is_an_invalid_argument(running: Running, token: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await listed(running, page_token=token)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "next_page_token" in (caught.value.details() or "")


async def test_the_gallery_is_described_in_products_references_and_rows(running: Running) -> None:
    other = encode(counter(((40, 20, 40, 40), RED), width=130))
    await enrol(running, reference(1), reference(1, photo=other), reference(2))
    answer = await running.catalogue.DescribeGallery(DescribeGalleryRequest(), timeout=20)
    assert (answer.products, answer.references, answer.rows, answer.dimension) == (2, 3, 12, 3)
    assert answer.gallery == running.world.gallery.version
    assert answer.embedder_fingerprint == running.world.embedder.fingerprint
