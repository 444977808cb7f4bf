"""Calls on the catalogue of a running server."""

from __future__ import annotations

from typing import Any

from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.v1.catalogue_pb2 import (
    EnrolProductsRequest,
    EnrolProductsResponse,
    GetProductRequest,
    GetProductResponse,
    ListProductsRequest,
    SearchByImageRequest,
    SearchByImageResponse,
)

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
