"""Pages of many products in Milvus."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from pymilvus import MilvusClient

from benchmarks import photos
from support.client_checks import soon
from tillsight.adapters.milvus.collection import MilvusCollection
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.service import in_background
from tillsight.v1.catalogue_pb2 import GalleryHeader, LoadGalleryRequest

PRODUCTS = 1200


@pytest.fixture(scope="module")
def listing(
    triton: str, milvus_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, MilvusClient]]:
    """The address of a service whose gallery has PRODUCTS products with two rows each, and a Milvus client. Every tenth
    product belongs to a store."""
    settings = Settings(
        port=0, triton=triton, milvus=milvus_uri, gallery="listing", data_dir=tmp_path_factory.mktemp("service")
    )
    with in_background(settings) as address, Client(address) as client:
        about = client.describe()
        header = GalleryHeader(embedder_fingerprint=about.embedder_fingerprint, dimension=about.dimension)
        numbers = random.Random(3).sample(range(PRODUCTS), PRODUCTS)
        upright = photos.rows([f"{number:032x}" for number in numbers], "Tea", about.dimension, 1)
        turned = photos.rows([f"{number:032x}" for number in numbers], "Tea", about.dimension, 2)
        for number, row, other in zip(numbers, upright, turned, strict=True):
            row.product_id = other.product_id = f"p{number:05d}"
            row.store = other.store = "north" if number % 10 == 0 else ""
            other.reference_id, other.degrees = row.reference_id.replace("-000", "-180"), 180
        client.load([LoadGalleryRequest(header=header, rows=[*upright, *turned])])
        console = MilvusClient(milvus_uri, timeout=30)
        yield address, console
        console.close()


@pytest.mark.parametrize("size", [1000, 97])
def test_pages_hold_every_product_once_and_in_order(listing: tuple[str, MilvusClient], size: int) -> None:
    with Client(listing[0]) as client:
        for store, every in (("north", 1), ("", 0)):
            products = [(one.product_id, one.store, one.references) for one in client.products(store, page_size=size)]
            assert products == [
                (f"p{number:05d}", "" if number % 10 else "north", 1)
                for number in range(PRODUCTS)
                if number % 10 or every
            ]


def test_a_page_of_products_reads_about_the_rows_of_one_page(
    listing: tuple[str, MilvusClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    every = MilvusCollection.every

    async def counted(self: MilvusCollection, *asked: Any) -> list[Any]:
        rows = await every(self, *asked)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(MilvusCollection, "every", counted)
    with Client(listing[0]) as client:
        assert next(client.products(page_size=20)).product_id == "p00001"
    assert sum(read) < PRODUCTS  # of twice as many rows


def test_a_product_whose_upright_row_is_deleted_in_the_console_is_still_listed_and_counted(
    listing: tuple[str, MilvusClient],
) -> None:
    address, console = listing
    with Client(address) as client:
        before = client.describe()
        assert (before.products, before.references, before.rows) == (PRODUCTS, PRODUCTS, 2 * PRODUCTS)
        console.delete(before.gallery, ids=[f"{7:032x}-000"], timeout=30)
        assert soon(lambda: client.describe().rows == 2 * PRODUCTS - 1)
        after = client.describe()
        assert (after.products, after.references) == (PRODUCTS, PRODUCTS)
        assert "p00007" in [one.product_id for one in client.products()]
