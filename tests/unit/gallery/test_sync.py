"""A gallery version is made equal to another: what is embedded, relabelled and removed, and in which requests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeEmbedder, FakeGallery, FakeService
from support.references import MILK, TEA, enrol, numbered
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import RebuildRefused
from tillsight.domain.identifiers import compute_photo_id
from tillsight.gallery import sync as sync_module
from tillsight.gallery.diff import GalleryDiff, diff_contents
from tillsight.gallery.sync import CROPS, THROTTLED_CROPS, GallerySync, SyncProgress, embed_throttled
from tillsight.recognition.ports import OpenGallery


def soon() -> Deadline:
    return Deadline.after(30)


def empty_target(rotations: int = 2) -> OpenGallery[FakeGallery]:
    return OpenGallery(FakeEmbedder("lite", "11731173", crop_size=16), FakeGallery("gallery_11731173_2"), rotations)


def sync_of(service: FakeService) -> GallerySync:
    return GallerySync(service.segmenter, service.photos, service.limits)


async def diff_of(service: FakeService, target: OpenGallery[FakeGallery]) -> GalleryDiff:
    return diff_contents(await service.gallery.contents(soon()), await target.gallery.contents(soon()))


async def apply(
    service: FakeService, target: OpenGallery[FakeGallery], share: float = 1.0, **options: object
) -> SyncProgress:
    progress = SyncProgress()
    diff = await diff_of(service, target)
    async for _ in sync_of(service).apply(target, diff, progress, soon(), share, **options):  # type: ignore[arg-type]
        pass
    return progress


async def test_a_sync_makes_the_target_equal_to_the_source() -> None:
    service, target = FakeService(rotations=2), empty_target()
    await enrol(service, TEA, MILK)
    progress = await apply(service, target)
    assert await target.gallery.contents(soon()) == await service.gallery.contents(soon())
    assert (progress.done, progress.embedded, progress.relabelled, progress.removed) == (2, 2, 0, 0)

    await enrol(service, replace(TEA, attributes={"vat": 7}))
    await service.catalogue.remove(["p-milk"], "", soon())
    progress = await apply(service, target)
    assert await target.gallery.contents(soon()) == await service.gallery.contents(soon())
    assert (progress.done, progress.embedded, progress.relabelled, progress.removed) == (0, 0, 2, 2)


async def test_an_empty_diff_asks_no_embedder() -> None:
    service, target = FakeService(rotations=2), empty_target()
    await apply(service, target)
    assert target.embedder.batches == [] and target.gallery.rows == {}


async def test_crops_of_several_photos_share_a_request_which_a_throttled_sync_keeps_small() -> None:
    service = FakeService(rotations=2)
    await enrol(service, *numbered(20))
    full, throttled = empty_target(), empty_target()
    await apply(service, full)
    await apply(service, throttled, share=0.999999)
    assert [batch[0] for batch in full.embedder.batches] == [CROPS, 40 - CROPS]
    assert [batch[0] for batch in throttled.embedder.batches] == [THROTTLED_CROPS] * 10
    assert full.gallery.rows.keys() == throttled.gallery.rows.keys()


async def test_a_photo_that_is_not_kept_or_not_readable_is_recorded_and_the_others_are_embedded() -> None:
    service, target = FakeService(rotations=2), empty_target()
    unreadable, lost, *_ = references = [*numbered(2), TEA]
    await enrol(service, *references)
    ids = [compute_photo_id(one) for one in references]
    service.photos.kept[ids[0]] = replace(service.photos.kept[ids[0]], photo=b"no photo")
    del service.photos.kept[ids[1]]
    progress = await apply(service, target)
    assert {one.product_id for one in progress.missing.values()} == {unreadable.product_id, lost.product_id}
    assert "not a JPEG" in progress.missing[ids[0]].reason and "not kept" in progress.missing[ids[1]].reason
    assert {row.product_id for row in target.gallery.rows.values()} == {"p-tea"}
    assert (progress.done, progress.embedded) == (3, 1)


async def test_what_before_writing_raises_stops_the_sync_before_the_write() -> None:
    service, target = FakeService(rotations=2), empty_target()
    await enrol(service, TEA)
    calls = []

    async def refuse_the_second_time() -> None:
        calls.append(len(target.gallery.rows))
        if len(calls) == 2:
            raise RebuildRefused("another version is live")

    with pytest.raises(RebuildRefused, match="another version"):
        await apply(service, target, before_writing=refuse_the_second_time)
    assert calls == [0, 0] and target.gallery.rows == {}


async def test_rows_are_written_in_parts_so_that_a_repeated_sync_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_module, "ROWS_PER_WRITE", 4)
    monkeypatch.setattr(sync_module, "CROPS", 4)
    service, target = FakeService(rotations=2), empty_target()
    await enrol(service, *numbered(5))
    progress, diff = SyncProgress(), await diff_of(service, target)
    async for _ in sync_of(service).apply(target, diff, progress, soon()):
        if progress.done == 3:
            break
    assert len(target.gallery.rows) == 4
    embedded = sum(batch[0] for batch in target.embedder.batches)
    await apply(service, target)
    assert sum(batch[0] for batch in target.embedder.batches) - embedded == 6
    assert len(target.gallery.rows) == 10


async def test_copied_photos_get_all_rotations_of_the_target_and_photos_without_rows_are_removed() -> None:
    service, target = FakeService(rotations=2), empty_target(rotations=4)
    await enrol(service, TEA, MILK)
    contents = await service.gallery.contents(soon())
    await sync_of(service).copy_photos(contents, 2, target, soon())
    assert len(target.gallery.rows) == 8
    tea = compute_photo_id(TEA)
    await sync_of(service).copy_photos({tea: {}}, 2, target, soon())
    assert {row.product_id for row in target.gallery.rows.values()} == {"p-milk"}
    assert len(target.gallery.rows) == 4


@pytest.mark.parametrize(("share", "waits"), [(1.0, [0.0]), (0.25, [6.0, 6.0, 6.0])])
async def test_a_throttled_embedder_waits_during_the_rest_of_the_time(
    share: float, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now, slept = [0.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    embedder = FakeEmbedder(crop_size=8)
    embedder.step.on_take = lambda: now.__setitem__(0, now[0] + 2)  # each request takes two seconds
    monkeypatch.setattr(sync_module.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(sync_module.asyncio, "sleep", sleep)
    crops = np.full((3 * THROTTLED_CROPS - 1, 8, 8, 3), 200, np.uint8)
    vectors = await embed_throttled(share, embedder, crops, soon())
    assert vectors.shape == (len(crops), 3) and slept == waits
