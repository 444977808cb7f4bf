"""Rebuild, DropGallery and ListGalleries over a real channel."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from support.fakes import FakeEmbedder
from support.rebuild_calls import FIRST, LITE, SECOND, enrol, states
from support.server import RunningServer
from tillsight.v1.catalogue_pb2 import (
    DropGalleryRequest,
    ListGalleriesRequest,
    RebuildPhase,
    RebuildRequest,
    RebuildResponse,
    Rollback,
)


async def rebuild(shop: RunningServer, request: RebuildRequest) -> list[RebuildResponse]:
    return [message async for message in shop.catalogue.Rebuild(request, timeout=20)]


async def test_a_rebuild_reports_its_phases_in_order_and_its_counts(shop: RunningServer) -> None:
    await enrol(shop, "tea", "milk")
    messages = await rebuild(shop, RebuildRequest(embedder="lite", rotations=2))
    phases = list(dict.fromkeys(RebuildPhase.Name(one.phase).removeprefix("REBUILD_PHASE_") for one in messages))
    assert phases == ["BUILD", "INDEX", "VERIFY", "SWITCH", "DONE"]
    last = messages[-1]
    assert (last.gallery, last.replaces, last.embedded, last.missing_count) == (SECOND, FIRST, 2, 0)
    assert (last.tried, last.found) == (2, 2)
    answer = await shop.catalogue.ListGalleries(ListGalleriesRequest(), timeout=20)
    described = {
        one.gallery: (one.embedder, one.embedder_fingerprint, one.rotations, one.rows) for one in answer.galleries
    }
    assert described == {FIRST: ("vgg", FakeEmbedder.fingerprint, 4, 8), SECOND: ("lite", LITE, 2, 4)}
    assert await states(shop) == {FIRST: "GALLERY_STATE_KEPT", SECOND: "GALLERY_STATE_LIVE"}


async def test_a_client_that_cancels_ends_the_rebuild_and_the_live_gallery_stays(shop: RunningServer) -> None:
    await enrol(shop, "tea")
    step = shop.fakes.live.embedders["lite"].step
    step.hold = asyncio.Event()
    call = shop.catalogue.Rebuild(RebuildRequest(embedder="lite"), timeout=20)
    reading = asyncio.ensure_future(call.read())
    await step.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    step.hold.set()
    while True:  # until the server has noticed the cancellation
        try:
            messages = await rebuild(shop, RebuildRequest(embedder="lite"))
            break
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.FAILED_PRECONDITION and "under way" in str(error.details())
    assert messages[-1].gallery == SECOND
    assert await states(shop) == {FIRST: "GALLERY_STATE_KEPT", SECOND: "GALLERY_STATE_LIVE"}


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (RebuildRequest(rotations=37), grpc.StatusCode.INVALID_ARGUMENT, "36 at most"),
        (RebuildRequest(embedder="none"), grpc.StatusCode.UNAVAILABLE, "no model 'none'"),
        (RebuildRequest(rollback=Rollback()), grpc.StatusCode.NOT_FOUND, "no kept gallery version"),
        (RebuildRequest(rollback=Rollback(gallery=FIRST)), grpc.StatusCode.NOT_FOUND, f"{FIRST} (live)"),
    ],
)
async def test_an_impossible_rebuild_is_refused(
    shop: RunningServer, request_: RebuildRequest, code: grpc.StatusCode, words: str
) -> None:
    await enrol(shop, "tea")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await rebuild(shop, request_)
    assert caught.value.code() is code and words in str(caught.value.details())
    assert await states(shop) == {FIRST: "GALLERY_STATE_LIVE"}


async def test_missing_photos_are_named_in_the_last_message(shop: RunningServer) -> None:
    await enrol(shop, "tea", "milk")
    (lost,) = [one for one, kept in shop.fakes.photos.kept.items() if kept.product_id == "milk"]
    del shop.fakes.photos.kept[lost]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await rebuild(shop, RebuildRequest(embedder="lite"))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION and lost in str(caught.value.details())
    last = (await rebuild(shop, RebuildRequest(embedder="lite", allow_missing=True)))[-1]
    assert last.missing_count == 1
    assert [(one.photo_id, one.product_id, one.store) for one in last.missing] == [(lost, "milk", "")]


async def test_the_live_gallery_is_not_dropped(shop: RunningServer) -> None:
    for gallery, code in ((FIRST, grpc.StatusCode.FAILED_PRECONDITION), ("other", grpc.StatusCode.NOT_FOUND)):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await shop.catalogue.DropGallery(DropGalleryRequest(gallery=gallery), timeout=20)
        assert caught.value.code() is code
