"""Rebuild, DropGallery and ListGalleries over a real channel, and the commands on them."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from fakes import FakeEmbedder
from pictures import RED, counter, encode
from running import Running
from shell import Shell
from tillsight.v1.catalogue_pb2 import (
    DropGalleryRequest,
    EnrolProductsRequest,
    GalleryState,
    ListGalleriesRequest,
    RebuildPhase,
    RebuildRequest,
    RebuildResponse,
    Rollback,
)

LITE = "11731173"
FIRST, SECOND = "gallery_e3bede3bede3bede_1", f"gallery_{LITE}_2"
PHOTO = encode(counter(((40, 20, 40, 40), RED)))


@pytest.fixture
def shop(running: Running) -> Running:
    """The server with a second embedder, `lite`, on its Triton."""
    running.world.live.embedders["lite"] = FakeEmbedder("lite", LITE, crop_size=16, channels_turned=1)
    return running


async def enrol(shop: Running, *product_ids: str) -> None:
    requests = [EnrolProductsRequest(product_id=one, name=one.upper(), photo=PHOTO) for one in product_ids]
    await shop.catalogue.EnrolProducts(iter(requests), timeout=20)


async def rebuild(shop: Running, request: RebuildRequest) -> list[RebuildResponse]:
    return [message async for message in shop.catalogue.Rebuild(request, timeout=20)]


async def states(shop: Running) -> dict[str, str]:
    answer = await shop.catalogue.ListGalleries(ListGalleriesRequest(), timeout=20)
    return {one.gallery: GalleryState.Name(one.state) for one in answer.galleries}


async def test_a_rebuild_tells_its_phases_in_order_and_what_it_did(shop: Running) -> None:
    await enrol(shop, "tea", "milk")
    messages = await rebuild(shop, RebuildRequest(embedder="lite", rotations=2))
    phases = list(dict.fromkeys(RebuildPhase.Name(one.phase).removeprefix("REBUILD_PHASE_") for one in messages))
    assert phases == ["BUILD", "INDEX", "VERIFY", "SWITCH", "DONE"]
    last = messages[-1]
    assert (last.gallery, last.replaces, last.embedded, last.missing_count) == (SECOND, FIRST, 2, 0)
    assert (last.tried, last.found) == (2, 2)
    answer = await shop.catalogue.ListGalleries(ListGalleriesRequest(), timeout=20)
    told = {one.gallery: (one.embedder, one.embedder_fingerprint, one.rotations, one.rows) for one in answer.galleries}
    assert told == {FIRST: ("vgg", FakeEmbedder.fingerprint, 4, 8), SECOND: ("lite", LITE, 2, 4)}
    assert await states(shop) == {FIRST: "GALLERY_STATE_KEPT", SECOND: "GALLERY_STATE_LIVE"}


async def test_a_client_that_goes_away_ends_the_rebuild_and_the_live_gallery_stays(shop: Running) -> None:
    await enrol(shop, "tea")
    step = shop.world.live.embedders["lite"].step
    step.hold = asyncio.Event()
    call = shop.catalogue.Rebuild(RebuildRequest(embedder="lite"), timeout=20)
    reading = asyncio.ensure_future(call.read())
    await step.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    step.hold.set()
    while True:  # until the server has noticed
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
async def test_what_cannot_be_rebuilt_is_refused(
    shop: Running, request_: RebuildRequest, code: grpc.StatusCode, words: str
) -> None:
    await enrol(shop, "tea")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await rebuild(shop, request_)
    assert caught.value.code() is code and words in str(caught.value.details())
    assert await states(shop) == {FIRST: "GALLERY_STATE_LIVE"}


async def test_missing_photos_are_named_in_the_last_message(shop: Running) -> None:
    await enrol(shop, "tea", "milk")
    (lost,) = [one for one, kept in shop.world.references.kept.items() if kept.product_id == "milk"]
    del shop.world.references.kept[lost]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await rebuild(shop, RebuildRequest(embedder="lite"))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION and lost in str(caught.value.details())
    last = (await rebuild(shop, RebuildRequest(embedder="lite", allow_missing=True)))[-1]
    assert last.missing_count == 1
    assert [(one.photo_id, one.product_id, one.store) for one in last.missing] == [(lost, "milk", "")]


async def test_the_live_gallery_is_not_dropped(shop: Running) -> None:
    for gallery, code in ((FIRST, grpc.StatusCode.FAILED_PRECONDITION), ("other", grpc.StatusCode.NOT_FOUND)):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await shop.catalogue.DropGallery(DropGalleryRequest(gallery=gallery), timeout=20)
        assert caught.value.code() is code


async def test_the_commands_rebuild_list_go_back_and_drop(shop: Running, shell: Shell) -> None:
    await enrol(shop, "tea")
    server = ("--server", shell.server)
    outcome = await shell("catalogue", "rebuild", "--embedder", "lite", "--rotations", 2, "--json", *server)
    assert outcome.code == 0
    assert outcome.data == {
        "gallery": SECOND,
        "replaces": FIRST,
        "embedded": 1,
        "relabelled": 0,
        "removed": 0,
        "tried": 1,
        "found": 1,
        "missing_count": 0,
        "missing": [],
    }
    listed = (await shell("catalogue", "versions", "--json", *server)).data["galleries"]
    assert [(one["gallery"], one["state"], one["rows"]) for one in listed] == [(SECOND, "live", 2), (FIRST, "kept", 4)]
    back = await shell("catalogue", "rollback", *server)
    assert back.code == 0 and f"{FIRST} is live in place of {SECOND}: 0 photos embedded" in back.out
    table = await shell("catalogue", "versions", *server)
    assert SECOND in table.out and "kept" in table.out and "vgg" in table.out
    refused = await shell("catalogue", "drop", FIRST, *server)
    assert refused.code == 1 and "is the live gallery" in refused.err
    assert (await shell("catalogue", "drop", SECOND, "--json", *server)).data == {"dropped": SECOND}
    assert (await shell("catalogue", "versions", "--json", *server)).data["galleries"][0]["gallery"] == FIRST


async def test_the_command_names_what_is_missing(shop: Running, shell: Shell) -> None:
    await enrol(shop, "tea", "milk")
    shop.world.references.kept.popitem()
    server = ("--server", shell.server)
    refused = await shell("catalogue", "rebuild", "--embedder", "lite", *server)
    assert refused.code == 1 and "1 photos cannot be embedded again" in refused.err
    allowed = await shell("catalogue", "rebuild", "--embedder", "lite", "--allow-missing", *server)
    assert allowed.code == 0 and "1 photos missing" in allowed.out and "not kept" in allowed.err
