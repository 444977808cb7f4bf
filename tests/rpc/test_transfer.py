"""ExportGallery and LoadGallery over a real channel, and the commands that write and read Parquet files with them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any

import grpc
import pyarrow.parquet as pq
import pytest
import structlog
from structlog.testing import capture_logs

from fakes import FakeEmbedder
from pictures import BLUE, RED, counter, encode
from running import PLACES, Running
from shell import Shell
from tillsight.domain.errors import Unavailable
from tillsight.domain.products import GalleryRow
from tillsight.v1 import catalogue_pb2
from tillsight.v1.catalogue_pb2 import (
    EnrolProductsRequest,
    ExportGalleryRequest,
    ExportGalleryResponse,
    GalleryHeader,
    LoadGalleryRequest,
)

pytestmark = pytest.mark.usefixtures("no_settings")

HEADER = GalleryHeader(gallery="gallery_x_1", embedder_fingerprint=FakeEmbedder.fingerprint, dimension=3)
EXPORT = "/tillsight.v1.CatalogueService/ExportGallery"


def message(**fields: object) -> catalogue_pb2.GalleryRow:
    row = {"reference_id": "r-000", "product_id": "p", "name": "Tea", "active": True, "vector": [0.6, 0.8, 0.0]}
    return catalogue_pb2.GalleryRow(**{**row, **fields})


async def enrol(running: Running) -> None:
    requests = [
        EnrolProductsRequest(product_id="p-red", name="Tea 茶", photo=encode(counter(((40, 20, 40, 40), RED)))),
        EnrolProductsRequest(
            product_id="p-blue", name="Milk", photo=encode(counter(((40, 20, 40, 40), BLUE))), store="north"
        ),
    ]
    requests[0].attributes.update({"vat": 7, "tags": ["bio", None]})
    assert (await running.catalogue.EnrolProducts(iter(requests), timeout=20)).enrolled == 2


async def exported(running: Running) -> list[ExportGalleryResponse]:
    return [one async for one in running.catalogue.ExportGallery(ExportGalleryRequest(), timeout=20)]


async def load(running: Running, *requests: LoadGalleryRequest) -> int:
    answer = await running.catalogue.LoadGallery(iter(requests), timeout=20)
    return int(answer.rows)


async def trouble(running: Running, *requests: LoadGalleryRequest) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await load(running, *requests)
    return caught.value.code(), caught.value.details() or ""


def same(rows: Iterable[GalleryRow], others: Iterable[GalleryRow]) -> bool:
    def told(row: GalleryRow) -> tuple[object, ...]:
        texts = (row.reference_id, row.product_id, row.name, row.store, row.degrees, row.active)
        return (*texts, json.dumps(dict(row.attributes), sort_keys=True), row.vector.tobytes())

    return sorted(map(told, rows)) == sorted(map(told, others))


async def test_a_gallery_moves_with_every_row_as_it_was(running: Running) -> None:
    await enrol(running)
    before = dict(running.world.gallery.rows)
    messages = await exported(running)
    header = messages[0].header
    assert (header.gallery, header.embedder_fingerprint) == (running.world.gallery.version, FakeEmbedder.fingerprint)
    assert (header.dimension, header.rows) == (3, 8)
    assert header.calibration.enrolled_weight == running.world.live.current().calibration.enrolled_weight
    assert [len(one.rows) for one in messages] == [0, 5, 3]
    running.world.gallery.rows.clear()
    requests = [LoadGalleryRequest(header=one.header, rows=one.rows) for one in messages]
    for _ in range(2):  # again is the same
        assert await load(running, *requests) == 8
        assert same(running.world.gallery.rows.values(), before.values())


async def test_a_row_that_is_not_active_stays_so(running: Running) -> None:
    assert await load(running, LoadGalleryRequest(header=HEADER, rows=[message(active=False)])) == 1
    messages = await exported(running)
    assert [row.active for one in messages for row in one.rows] == [False]


async def test_rows_of_another_embedder_are_refused_and_both_are_named(running: Running) -> None:
    header = GalleryHeader(gallery="gallery_aa_1", embedder_fingerprint="aa", dimension=3)
    code, text = await trouble(running, LoadGalleryRequest(header=header, rows=[message()]))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert " aa" in text and FakeEmbedder.fingerprint in text and "gallery_aa_1" in text
    assert not running.world.gallery.rows


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"reference_id": ""}, "reference id is empty", id="no id"),
        pytest.param({"reference_id": "r" * 65}, "65 bytes", id="id too long"),
        pytest.param({"product_id": ""}, "product id is empty", id="no product"),
        pytest.param({"store": "a\nb"}, "control characters", id="line end in the store"),
        pytest.param({"degrees": 360}, "360 degrees", id="turned too far"),
        pytest.param({"vector": [1.0, 0.0]}, "2 values, not 3", id="vector too short"),
        pytest.param({"vector": [0.0, float("nan"), 1.0]}, "not finite", id="not a number"),
        pytest.param({"vector": [0.0, 0.0, 0.0]}, "zero", id="zero vector"),
    ],
)
async def test_a_row_no_gallery_could_hold_is_named_by_its_position(
    running: Running, fields: dict, reason: str
) -> None:
    first = LoadGalleryRequest(header=HEADER, rows=[message(reference_id="ok-000")])
    code, text = await trouble(running, first, LoadGalleryRequest(rows=[message(), message(**fields)]))
    assert code is grpc.StatusCode.INVALID_ARGUMENT and text.startswith("row 2: ") and reason in text
    assert set(running.world.gallery.rows) == {"ok-000"}


@pytest.mark.parametrize("requests", [[], [LoadGalleryRequest(rows=[message()])]], ids=["nothing", "no header"])
async def test_a_load_without_header_is_an_invalid_argument(running: Running, requests: list) -> None:
    code, text = await trouble(running, *requests)
    assert code is grpc.StatusCode.INVALID_ARGUMENT and "header" in text


async def test_a_server_that_goes_away_in_the_middle_ends_an_export_and_is_named(running: Running) -> None:
    await enrol(running)
    calls = running.world.gallery.step

    def fail_on_the_second_page() -> None:
        if calls.calls == 3:
            calls.error = Unavailable("Milvus", "gone")

    calls.calls, calls.on_take = 0, fail_on_the_second_page
    stream = running.catalogue.ExportGallery(ExportGalleryRequest(), timeout=20)
    with capture_logs() as lines:
        assert (await stream.read()).header.rows == 8
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            while await stream.read() is not grpc.aio.EOF:
                pass
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert caught.value.details() == "Milvus is unavailable: gone"
    assert [(line["method"], line["status"]) for line in lines if line["event"] == "call"] == [(EXPORT, "UNAVAILABLE")]


async def test_exports_take_places_and_give_them_back_when_their_client_goes_away(running: Running) -> None:
    await enrol(running)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def collect(logger: object, method: str, line: MutableMapping[str, Any]) -> str:
        lines.put_nowait(line["status"])
        return ""

    structlog.configure(processors=[collect])
    step = running.world.gallery.step
    step.hold = asyncio.Event()
    streams = []
    for _ in range(PLACES):
        step.reached.clear()
        streams.append(running.catalogue.ExportGallery(ExportGalleryRequest(), timeout=20))
        await step.reached.wait()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await exported(running)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await asyncio.wait_for(lines.get(), 10) == "RESOURCE_EXHAUSTED"
    for stream in streams:
        stream.cancel()
    assert [await asyncio.wait_for(lines.get(), 10) for _ in streams] == ["CANCELLED"] * PLACES
    step.hold = None
    assert len(await exported(running)) == 3


async def test_export_and_load_write_and_read_a_parquet_file(shell: Shell, running: Running, tmp_path: Path) -> None:
    await enrol(running)
    before = dict(running.world.gallery.rows)
    file, at = tmp_path / "g.parquet", ("--server", shell.server, "--json")
    done = await shell("catalogue", "export", file, *at)
    summary = {
        "file": str(file),
        "rows": 8,
        "gallery": running.world.gallery.version,
        "embedder_fingerprint": FakeEmbedder.fingerprint,
    }
    assert done.code == 0 and done.data == summary
    table = pq.read_table(file)
    assert table.num_rows == 8 and set(table["product_id"].to_pylist()) == {"p-red", "p-blue"}
    told = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert told["tillsight.embedder_fingerprint"] == FakeEmbedder.fingerprint and told["tillsight.dimension"] == "3"
    assert (
        json.loads(told["tillsight.calibration"])["known_from"] == running.world.live.current().calibration.known_from
    )
    assert files_in(tmp_path) == ["g.parquet"]
    running.world.gallery.rows.clear()
    for _ in range(2):
        assert (await shell("catalogue", "load", file, *at)).data == summary
        assert same(running.world.gallery.rows.values(), before.values())


async def test_a_file_of_another_embedder_is_refused_by_the_command_with_both_named(
    shell: Shell, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enrol(running)
    file = tmp_path / "g.parquet"
    await shell("catalogue", "export", file, "--server", shell.server)
    running.world.gallery.rows.clear()
    monkeypatch.setattr(running.world.embedder, "fingerprint", "0ther0ther0ther0", raising=False)
    outcome = await shell("catalogue", "load", file, "--server", shell.server)
    assert outcome.code == 1 and "FAILED_PRECONDITION" in outcome.err
    assert "0ther0ther0ther0" in outcome.err and FakeEmbedder.fingerprint in outcome.err
    assert not running.world.gallery.rows


async def test_an_export_that_breaks_off_leaves_no_file(shell: Shell, running: Running, tmp_path: Path) -> None:
    await enrol(running)
    file = tmp_path / "g.parquet"
    file.write_bytes(b"the last one")
    calls = running.world.gallery.step

    def fail_on_the_second_page() -> None:
        if calls.calls == 3:
            calls.error = Unavailable("Milvus", "gone")

    calls.calls, calls.on_take = 0, fail_on_the_second_page
    outcome = await shell("catalogue", "export", file, "--server", shell.server)
    assert outcome.code == 1 and "Milvus is unavailable" in outcome.err
    assert file.read_bytes() == b"the last one" and files_in(tmp_path) == ["g.parquet"]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def damaged(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("not Parquet")
    elif kind == "cut short":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "damaged inside":
        data = bytearray(path.read_bytes())
        data[4:300] = bytes(296)
        path.write_bytes(bytes(data))
    elif kind == "no metadata":
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    else:
        pq.write_table(pq.read_table(path).drop_columns(["active"]), path)


@pytest.mark.parametrize("kind", ["text", "cut short", "damaged inside", "no metadata", "a column is missing"])
async def test_a_file_that_is_no_exported_gallery_is_named(
    shell: Shell, running: Running, tmp_path: Path, kind: str
) -> None:
    await enrol(running)
    file = tmp_path / "g.parquet"
    await shell("catalogue", "export", file, "--server", shell.server)
    await asyncio.to_thread(damaged, file, kind)
    running.world.gallery.rows.clear()
    outcome = await shell("catalogue", "load", file, "--server", shell.server, "--json")
    assert outcome.code == 1 and outcome.out == ""
    assert str(file) in outcome.err and "Traceback" not in outcome.err and not running.world.gallery.rows


async def test_without_pyarrow_the_extra_to_install_is_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for words in (("export", tmp_path / "g.parquet"), ("load", tmp_path / "g.parquet")):
        outcome = await shell("catalogue", *words, "--server", shell.server)
        assert outcome.code == 1 and "pip install 'tillsight[parquet]'" in outcome.err
