"""A gallery moves between kinds of Milvus as a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.packs import WHOLE, pack, reference
from support.pictures import encode
from tillsight.client import parquet
from tillsight.client.client import Client
from tillsight.client.parquet import GalleryFile
from tillsight.v1.catalogue_pb2 import LoadGalleryRequest

COUNT = 6


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
def test_an_exported_gallery_is_loaded_into_another_kind_of_milvus_without_embedding(
    galleries: dict[str, Client], source: str, target: str, tmp_path: Path
) -> None:
    origin, destination = galleries[source], galleries[target]
    for client in galleries.values():
        for store in ("", "north"):
            client.remove([one.product_id for one in client.products("north") if one.store == store], store)
    requests = [reference(700 + n, f"m-{n}", "north" if n % 2 else "", attributes={"n": n}) for n in range(COUNT)]
    assert origin.enrol(requests).enrolled == COUNT
    assert write(origin, tmp_path / "g.parquet") == 8 * COUNT
    for _ in range(2):
        assert load(destination, tmp_path / "g.parquet") == 8 * COUNT
        assert destination.describe().rows == 8 * COUNT
    assert list(destination.products("north")) == list(origin.products("north"))
    for number in range(COUNT):
        near = [
            one.nearest(encode(pack(700 + number)), store="north", region=WHOLE).products
            for one in (origin, destination)
        ]
        assert near[0][0].product_id == near[1][0].product_id == f"m-{number}"
        assert near[1][0].score == pytest.approx(1, abs=1e-3)
        assert near[1][0].attributes["n"] == number
