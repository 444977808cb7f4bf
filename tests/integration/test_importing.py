"""Imports on real servers: what is refused, what is killed midway and goes on, and pages of many products."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymilvus import MilvusClient

from benchmarks import photos, servers
from benchmarks.servers import ServiceProcess
from test_catalogue import soon
from tillsight.adapters.milvus.collection import MilvusCollection
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.service import in_background
from tillsight.v1.catalogue_pb2 import GalleryHeader, LoadGalleryRequest

PACKS = 56
PRODUCTS = 1200


@pytest.fixture
def service(triton: str, milvus_uri: str, tmp_path: Path) -> Iterator[ServiceProcess]:
    """The service as a process of its own, with an empty gallery."""
    with ServiceProcess(triton, milvus_uri, tmp_path / "service", gallery="importing") as started:
        yield started


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Sound rows with three faulty ones among them, in lines 5, 10 and 15."""
    rows = []
    for number in range(PACKS):
        (tmp_path / f"{number}.png").write_bytes(photos.pack(number))
        rows.append((f"p{number}", f"Pack {number}", f"{number}.png"))
    (tmp_path / "cut.png").write_bytes(photos.pack(0)[:200])
    rows.insert(3, ("p-missing", "Missing", "missing.png"))
    rows.insert(8, ("p-cut", "Cut", "cut.png"))
    rows.insert(13, ("p1", "Another name", "5.png"))
    path = tmp_path / "MANIFEST.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("product_id", "name", "image"), *rows])
    return path


def begin(service: ServiceProcess, manifest: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tillsight.cli.main", "catalogue", "import", str(manifest), "--json"]
    return subprocess.Popen(
        [*command, "--server", service.address],
        env=service.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(service: ServiceProcess, manifest: Path) -> tuple[int, Any]:
    process = begin(service, manifest)
    said, complaint = process.communicate(timeout=120)
    assert said, complaint
    return process.returncode, json.loads(said)


def test_an_import_killed_together_with_its_service_goes_on_and_nothing_is_there_twice(
    service: ServiceProcess, manifest: Path
) -> None:
    with Client(service.address) as client:
        first = begin(service, manifest)
        servers.until(lambda: client.describe().rows > 0, "the first group")
        service.kill()
        first.send_signal(signal.SIGKILL)
        first.communicate()
        service.start()
        servers.until(lambda: client.describe().rows % 8 == 0, "the gallery")
        there = client.describe().references
        code, resumed = run(service, manifest)
        assert code == 1 and [one["line"] for one in resumed["refused"]] == [5, 10, 15]
        for one, reason in zip(resumed["refused"], ("No such file", "damaged", "'Pack 1' in line"), strict=True):
            assert reason in one["reason"]
        assert (resumed["unchanged"], resumed["enrolled"]) == (there, PACKS - there)
        assert there > 0
        gallery = client.describe()
        assert (gallery.products, gallery.references, gallery.rows) == (PACKS, PACKS, 8 * PACKS)
        code, again = run(service, manifest)
        assert code == 1 and (again["unchanged"], again["enrolled"]) == (PACKS, 0)
        assert client.describe() == gallery
        near = client.nearest(photos.pack(PACKS - 1), max_products=1).products
        assert near[0].product_id == f"p{PACKS - 1}" and near[0].score > 0.99


@pytest.fixture(scope="module")
def stocked(
    triton: str, milvus_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, MilvusClient]]:
    """The address of a service whose gallery holds PRODUCTS products of two rows, every tenth of a store; a console."""
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
def test_pages_hold_every_product_once_and_in_order(stocked: tuple[str, MilvusClient], size: int) -> None:
    with Client(stocked[0]) as client:
        for store, every in (("north", 1), ("", 0)):
            products = [(one.product_id, one.store, one.references) for one in client.products(store, page_size=size)]
            assert products == [
                (f"p{number:05d}", "" if number % 10 else "north", 1)
                for number in range(PRODUCTS)
                if number % 10 or every
            ]


def test_a_page_reads_about_a_page_of_rows(stocked: tuple[str, MilvusClient], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    every = MilvusCollection.every

    async def counted(self: MilvusCollection, *asked: Any) -> list[Any]:
        rows = await every(self, *asked)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(MilvusCollection, "every", counted)
    with Client(stocked[0]) as client:
        assert next(client.products(page_size=20)).product_id == "p00001"
    assert sum(read) < PRODUCTS  # of twice as many rows


def test_a_product_whose_upright_row_is_deleted_in_the_console_is_still_listed_and_counted(
    stocked: tuple[str, MilvusClient],
) -> None:
    address, console = stocked
    with Client(address) as client:
        before = client.describe()
        assert (before.products, before.references, before.rows) == (PRODUCTS, PRODUCTS, 2 * PRODUCTS)
        console.delete(before.gallery, ids=[f"{7:032x}-000"], timeout=30)
        assert soon(lambda: client.describe().rows == 2 * PRODUCTS - 1)
        after = client.describe()
        assert (after.products, after.references) == (PRODUCTS, PRODUCTS)
        assert "p00007" in [one.product_id for one in client.products()]
