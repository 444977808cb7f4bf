"""ListProducts and DescribeGallery over a real channel."""

from __future__ import annotations

import grpc
import pytest

from support.catalogue_calls import enrol, listed, reference
from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.v1.catalogue_pb2 import (
    DescribeGalleryRequest,
)


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
