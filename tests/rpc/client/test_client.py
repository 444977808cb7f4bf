"""The Python client on a running service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import grpc
import pytest

from support.gallery_messages import HEADER, message
from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.client.client import Client
from tillsight.v1.catalogue_pb2 import EnrolProductsRequest, LoadGalleryRequest

PHOTO = encode(counter(((40, 20, 40, 40), RED)))


@pytest.fixture
def client(running: RunningServer) -> Iterator[Client]:
    with Client(f"127.0.0.1:{running.port}") as client:
        yield client


def references(count: int) -> list[EnrolProductsRequest]:
    return [
        EnrolProductsRequest(product_id=f"p{number:02}", name=f"Tea {number}", photo=PHOTO) for number in range(count)
    ]


async def test_the_client_reports_whether_the_service_serves(running: RunningServer, client: Client) -> None:
    try:
        for serving in (True, False):
            await running.server.set_serving(serving)
            assert await asyncio.to_thread(client.serving) is serving
    finally:
        await running.server.set_serving(False)


@pytest.mark.parametrize("page_size", [2, 3, 1000])
async def test_all_products_are_listed_whatever_the_page_size(client: Client, page_size: int) -> None:
    answer = await asyncio.to_thread(client.enrol, references(5))
    assert answer.enrolled == 5
    products = await asyncio.to_thread(lambda: list(client.products(page_size=page_size)))
    assert [product.product_id for product in products] == [f"p{number:02}" for number in range(5)]


async def test_a_started_enrolment_gives_its_answer_later(client: Client) -> None:
    call = client.enrol_future(references(2))
    assert (await asyncio.to_thread(call.result)).enrolled == 2


async def test_an_error_in_the_rows_to_load_is_raised_instead_of_a_status(client: Client) -> None:
    def requests() -> Iterator[LoadGalleryRequest]:
        yield LoadGalleryRequest(header=HEADER, rows=[message()])
        raise ValueError("the file is damaged")

    with pytest.raises(ValueError, match="the file is damaged"):
        await asyncio.to_thread(client.load, requests())


async def test_an_error_of_the_service_is_raised_with_its_status(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        await asyncio.to_thread(client.product, "p-none")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
