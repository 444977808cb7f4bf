"""Gallery rows as messages, exported and loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable

from support.fakes import FakeEmbedder
from support.pictures import BLUE, RED, counter, encode
from support.server import RunningServer
from tillsight.domain.products import GalleryRow
from tillsight.v1 import catalogue_pb2
from tillsight.v1.catalogue_pb2 import (
    EnrolProductsRequest,
    ExportGalleryRequest,
    ExportGalleryResponse,
    GalleryHeader,
    LoadGalleryRequest,
)

HEADER = GalleryHeader(gallery="gallery_x_1", embedder_fingerprint=FakeEmbedder.fingerprint, dimension=3)


def message(**fields: object) -> catalogue_pb2.GalleryRow:
    row = {"reference_id": "r-000", "product_id": "p", "name": "Tea", "active": True, "vector": [0.6, 0.8, 0.0]}
    return catalogue_pb2.GalleryRow(**{**row, **fields})


async def enrol(running: RunningServer) -> None:
    requests = [
        EnrolProductsRequest(product_id="p-red", name="Tea 茶", photo=encode(counter(((40, 20, 40, 40), RED)))),
        EnrolProductsRequest(
            product_id="p-blue", name="Milk", photo=encode(counter(((40, 20, 40, 40), BLUE))), store="north"
        ),
    ]
    requests[0].attributes.update({"vat": 7, "tags": ["bio", None]})
    assert (await running.catalogue.EnrolProducts(iter(requests), timeout=20)).enrolled == 2


async def exported(running: RunningServer) -> list[ExportGalleryResponse]:
    return [one async for one in running.catalogue.ExportGallery(ExportGalleryRequest(), timeout=20)]


async def load(running: RunningServer, *requests: LoadGalleryRequest) -> int:
    answer = await running.catalogue.LoadGallery(iter(requests), timeout=20)
    return int(answer.rows)


def same(rows: Iterable[GalleryRow], others: Iterable[GalleryRow]) -> bool:
    def as_tuple(row: GalleryRow) -> tuple[object, ...]:
        texts = (row.reference_id, row.product_id, row.name, row.store, row.degrees, row.active)
        return (*texts, json.dumps(dict(row.attributes), sort_keys=True), row.vector.tobytes())

    return sorted(map(as_tuple, rows)) == sorted(map(as_tuple, others))
