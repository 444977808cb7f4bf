"""ExportGallery and LoadGallery over a real channel."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import grpc
import pytest
import structlog
from structlog.testing import capture_logs

from support.fakes import FakeEmbedder
from support.gallery_messages import HEADER, enrol, exported, load, message, same
from support.server import MAX_CONCURRENT_CALLS, RunningServer
from tillsight.domain.errors import Unavailable
from tillsight.v1.catalogue_pb2 import (
    ExportGalleryRequest,
    GalleryHeader,
    LoadGalleryRequest,
)

EXPORT = "/tillsight.v1.CatalogueService/ExportGallery"


async def trouble(running: RunningServer, *requests: LoadGalleryRequest) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await load(running, *requests)
    return caught.value.code(), caught.value.details() or ""


async def test_an_exported_gallery_is_loaded_with_unchanged_rows(running: RunningServer) -> None:
    await enrol(running)
    before = dict(running.fakes.gallery.rows)
    messages = await exported(running)
    header = messages[0].header
    assert (header.gallery, header.embedder_fingerprint) == (running.fakes.gallery.version, FakeEmbedder.fingerprint)
    assert (header.dimension, header.rows) == (3, 8)
    assert header.calibration.enrolled_weight == running.fakes.live.current().calibration.enrolled_weight
    assert [len(one.rows) for one in messages] == [0, 5, 3]
    running.fakes.gallery.rows.clear()
    requests = [LoadGalleryRequest(header=one.header, rows=one.rows) for one in messages]
    for _ in range(2):  # a repeated load changes nothing
        assert await load(running, *requests) == 8
        assert same(running.fakes.gallery.rows.values(), before.values())


async def test_a_row_that_is_not_active_stays_so(running: RunningServer) -> None:
    assert await load(running, LoadGalleryRequest(header=HEADER, rows=[message(active=False)])) == 1
    messages = await exported(running)
    assert [row.active for one in messages for row in one.rows] == [False]


async def test_rows_of_another_embedder_are_refused_and_both_are_named(running: RunningServer) -> None:
    header = GalleryHeader(gallery="gallery_aa_1", embedder_fingerprint="aa", dimension=3)
    code, text = await trouble(running, LoadGalleryRequest(header=header, rows=[message()]))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert " aa" in text and FakeEmbedder.fingerprint in text and "gallery_aa_1" in text
    assert not running.fakes.gallery.rows


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
async def test_an_invalid_row_is_named_by_its_position(running: RunningServer, fields: dict, reason: str) -> None:
    first = LoadGalleryRequest(header=HEADER, rows=[message(reference_id="ok-000")])
    code, text = await trouble(running, first, LoadGalleryRequest(rows=[message(), message(**fields)]))
    assert code is grpc.StatusCode.INVALID_ARGUMENT and text.startswith("row 2: ") and reason in text
    assert set(running.fakes.gallery.rows) == {"ok-000"}


@pytest.mark.parametrize("requests", [[], [LoadGalleryRequest(rows=[message()])]], ids=["nothing", "no header"])
async def test_a_load_without_header_is_an_invalid_argument(running: RunningServer, requests: list) -> None:
    code, text = await trouble(running, *requests)
    assert code is grpc.StatusCode.INVALID_ARGUMENT and "header" in text


async def test_a_server_that_fails_during_an_export_ends_it_and_is_named(running: RunningServer) -> None:
    await enrol(running)
    calls = running.fakes.gallery.step

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


async def test_exports_hold_slots_and_free_them_when_their_client_cancels(running: RunningServer) -> None:
    await enrol(running)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def collect(logger: object, method: str, line: MutableMapping[str, Any]) -> str:
        lines.put_nowait(line["status"])
        return ""

    structlog.configure(processors=[collect])
    step = running.fakes.gallery.step
    step.hold = asyncio.Event()
    streams = []
    for _ in range(MAX_CONCURRENT_CALLS):
        step.reached.clear()
        streams.append(running.catalogue.ExportGallery(ExportGalleryRequest(), timeout=20))
        await step.reached.wait()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await exported(running)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await asyncio.wait_for(lines.get(), 10) == "RESOURCE_EXHAUSTED"
    for stream in streams:
        stream.cancel()
    assert [await asyncio.wait_for(lines.get(), 10) for _ in streams] == ["CANCELLED"] * MAX_CONCURRENT_CALLS
    step.hold = None
    assert len(await exported(running)) == 3
