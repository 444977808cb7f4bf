"""Rebuild calls on a server with two embedders."""

from __future__ import annotations

from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.v1.catalogue_pb2 import (
    EnrolProductsRequest,
    GalleryState,
    ListGalleriesRequest,
)

LITE = "11731173"
FIRST, SECOND = "gallery_e3bede3bede3bede_1", f"gallery_{LITE}_2"
PHOTO = encode(counter(((40, 20, 40, 40), RED)))


async def enrol(shop: RunningServer, *product_ids: str) -> None:
    requests = [EnrolProductsRequest(product_id=one, name=one.upper(), photo=PHOTO) for one in product_ids]
    await shop.catalogue.EnrolProducts(iter(requests), timeout=20)


async def states(shop: RunningServer) -> dict[str, str]:
    answer = await shop.catalogue.ListGalleries(ListGalleriesRequest(), timeout=20)
    return {one.gallery: GalleryState.Name(one.state) for one in answer.galleries}
