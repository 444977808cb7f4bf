"""A gallery moves between Milvus kinds as a Parquet file; what a camera saw becomes a product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pictures import encode
from places import TEST_DATA
from scenes import Counter, counter, overlap
from test_catalogue import WHOLE, pack, reference
from tillsight import service
from tillsight.client import parquet
from tillsight.client.client import Client
from tillsight.client.parquet import GalleryFile
from tillsight.config import Settings
from tillsight.v1 import recognition_pb2
from tillsight.v1.catalogue_pb2 import EnrolProductsRequest, LoadGalleryRequest

COUNT = 6


@pytest.fixture(scope="module")
def galleries(
    triton: str, milvus_lite: str, milvus_standalone: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Client]]:
    """The service on each kind of Milvus, with a gallery of its own that is empty at first."""

    def settings(uri: str) -> Settings:
        folder = tmp_path_factory.mktemp("service")
        return Settings(port=0, triton=triton, milvus=uri, gallery="moving", data_dir=folder)

    with (
        service.in_background(settings(milvus_lite)) as lite,
        service.in_background(settings(milvus_standalone)) as standalone,
        Client(lite) as on_lite,
        Client(standalone) as on_standalone,
    ):
        yield {"Milvus Lite": on_lite, "Milvus": on_standalone}


def write(client: Client, path: Path) -> int:
    messages = client.export()
    header = next(messages).header
    assert header.rows == client.describe().rows
    return parquet.write_gallery_file(path, header, (list(message.rows) for message in messages))


def load(client: Client, path: Path) -> int:
    file = GalleryFile.open(path)

    def requests() -> Iterator[LoadGalleryRequest]:
        yield LoadGalleryRequest(header=file.header)
        for rows in file.pages():
            yield LoadGalleryRequest(rows=rows)

    return client.load(requests()).rows


@pytest.mark.parametrize(("source", "target"), [("Milvus Lite", "Milvus"), ("Milvus", "Milvus Lite")])
def test_a_gallery_moves_between_kinds_of_milvus_without_embedding(
    galleries: dict[str, Client], source: str, target: str, tmp_path: Path
) -> None:
    here, there = galleries[source], galleries[target]
    for client in galleries.values():
        for store in ("", "north"):
            client.remove([one.product_id for one in client.products("north") if one.store == store], store)
    requests = [reference(700 + n, f"m-{n}", "north" if n % 2 else "", attributes={"n": n}) for n in range(COUNT)]
    assert here.enrol(requests).enrolled == COUNT
    assert write(here, tmp_path / "g.parquet") == 8 * COUNT
    for _ in range(2):
        assert load(there, tmp_path / "g.parquet") == 8 * COUNT
        assert there.describe().rows == 8 * COUNT
    assert list(there.products("north")) == list(here.products("north"))
    for number in range(COUNT):
        near = [one.nearest(encode(pack(700 + number)), store="north", region=WHOLE).products for one in (here, there)]
        assert near[0][0].product_id == near[1][0].product_id == f"m-{number}"
        assert near[1][0].score == pytest.approx(1, abs=1e-3)
        assert near[1][0].attributes["n"] == number


@pytest.mark.skipif(not TEST_DATA.is_dir(), reason=f"no photos for testing at {TEST_DATA}")
def test_an_unknown_object_on_the_counter_becomes_a_product_by_its_box(galleries: dict[str, Client]) -> None:
    for client in galleries.values():
        scene = counter(["household-teapot"], seed=5, touching=0.0)
        found = seen(client, scene)
        assert (found.verdict, found.product_id) == (recognition_pb2.VERDICT_UNKNOWN, "")
        request = EnrolProductsRequest(product_id="teapot", name="Teapot", photo=scene.photo, region=found.box)
        assert client.enrol([request]).enrolled == 1
        again = seen(client, scene)
        assert (again.product_id, again.verdict) == ("teapot", recognition_pb2.VERDICT_KNOWN)
        assert again.score > 0.999  # the same outline, so the same crop
        elsewhere = seen(client, counter(["household-teapot"], seed=9, touching=0.0))
        assert elsewhere.candidates[0].product_id == "teapot"


def seen(client: Client, scene: Counter) -> recognition_pb2.RecognizedObject:
    """The answer's object on the one thing that lies there."""
    ((_, box),) = scene.truth
    return max(client.recognize(scene.photo, timeout_s=60).objects, key=lambda found: overlap(found.box, box))
