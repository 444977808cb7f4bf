"""A swap: what is copied, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from support.fakes import FakeEmbedder, FakeGallery
from support.rebuilds import GREEN_TEA, LITE, PHOTO, live, rebuild, service_with_two_embedders, states
from support.references import MILK, TEA, enrol
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import RebuildRefused
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Removal
from tillsight.gallery.versions import GalleryState
from tillsight.recognition.calibration import Calibration


async def test_edits_of_the_live_rows_are_copied_and_deleted_rows_stay_deleted() -> None:
    shop = service_with_two_embedders()
    own = replace(TEA, store="north", attributes={"grams": 250})
    await enrol(shop, TEA, own, MILK, GREEN_TEA)
    for key, row in list(shop.gallery.rows.items()):
        if row.product_id == "p-milk":
            shop.gallery.rows[key] = replace(row, name="Edited", active=False)
        if row.product_id == "p-green":
            del shop.gallery.rows[key]
    await rebuild(shop)
    rows = live(shop).rows
    assert {(row.product_id, row.name, row.store, row.active) for row in rows.values()} == {
        ("p-tea", "Tea", "", True),
        ("p-tea", "Tea", "north", True),
        ("p-milk", "Edited", "", False),
    }
    assert {row.attributes.get("grams") for row in rows.values() if row.store == "north"} == {250}
    assert len(rows) == 6


@pytest.mark.parametrize(("model", "kept"), [("", True), ("lite", False)])
async def test_a_gallerys_own_calibration_is_kept_for_the_embedder_it_was_fitted_to(model: str, kept: bool) -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)
    own = Calibration(known_from=0.875)
    await shop.catalogue.calibrate(own, FakeEmbedder.fingerprint, Deadline.after(30))
    await rebuild(shop, model=model, rotations=3)
    assert (shop.live.current().calibration == own) is kept


async def test_a_swap_with_missing_photos_is_refused_unless_they_are_allowed_to_be_missing() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)
    del shop.photos.kept[compute_photo_id(MILK)]
    with pytest.raises(RebuildRefused, match=r"1 photos cannot be embedded again .*'p-milk'.*not kept"):
        await rebuild(shop)
    assert shop.versions.alias == shop.gallery.version
    assert (await states(shop))[f"gallery_{LITE}_2"] is GalleryState.BUILDING
    last = (await rebuild(shop, allow_missing=True))[-1]
    assert (last.missing_count, [one.product_id for one in last.missing]) == (1, ["p-milk"])
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea"}


async def test_a_photo_that_is_being_removed_is_not_missing() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)
    shop.rebuilder = replace(shop.rebuilder, removal_s=20.0)
    shop.gallery.writing.hold, shop.gallery.writing.reached = asyncio.Event(), asyncio.Event()
    removing = asyncio.ensure_future(shop.catalogue.remove(["p-milk"], "", Deadline.after(30)))
    await shop.gallery.writing.reached.wait()
    rebuilding = asyncio.ensure_future(rebuild(shop))
    looked = shop.gallery.step.calls
    while shop.gallery.step.calls < looked + 2:  # noqa: ASYNC110 (for the building, and for what is missing)
        await asyncio.sleep(0)
    shop.gallery.writing.hold.set()
    assert (await rebuilding)[-1].missing_count == 0
    assert await removing == Removal(1, 2, ())
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea"}


async def test_writes_during_a_rebuild_are_in_the_new_version() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)

    async def write() -> None:
        await enrol(shop, GREEN_TEA)
        await shop.catalogue.remove(["p-milk"], "", Deadline.after(30))
        await enrol(shop, replace(TEA, attributes={"vat": 7}))

    shop.versions.on_index = write
    last = (await rebuild(shop))[-1]
    assert last.missing_count == 0
    assert {(row.product_id, row.attributes.get("vat")) for row in live(shop).rows.values()} == {
        ("p-tea", 7),
        ("p-green", None),
    }


async def test_an_edit_in_milvus_between_the_last_comparison_and_the_switch_is_copied() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)

    def edit() -> None:
        for key, row in list(shop.gallery.rows.items()):
            if row.product_id == "p-tea":
                shop.gallery.rows[key] = replace(row, name="At the last moment")
            else:
                del shop.gallery.rows[key]

    shop.versions.on_switch = edit
    await rebuild(shop)
    assert {(row.product_id, row.name) for row in live(shop).rows.values()} == {("p-tea", "At the last moment")}


async def test_a_version_that_another_call_swapped_in_is_not_replaced() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)

    async def elsewhere() -> None:
        other = FakeGallery("gallery_e3bede3bede3bede_7")
        shop.versions.galleries[other.version] = other
        shop.versions.records[other.version] = replace(shop.versions.records[shop.gallery.version], name=other.version)
        shop.versions.alias = other.version

    shop.versions.on_index = elsewhere
    with pytest.raises(RebuildRefused, match="another call swapped in gallery_e3bede3bede3bede_7"):
        await rebuild(shop)
    assert shop.versions.alias == "gallery_e3bede3bede3bede_7"
    assert shop.versions.fenced == set()


async def test_an_answer_comes_from_one_gallery_version_during_a_swap() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)
    shop.embedder.step.hold = asyncio.Event()
    shop.embedder.step.reached.clear()
    answering = asyncio.ensure_future(shop.recognizer.recognize(PHOTO, Deadline.after(30)))
    await shop.embedder.step.reached.wait()
    await rebuild(shop)
    shop.embedder.step.hold.set()
    answer = await answering
    assert (answer.versions.embedder, answer.versions.gallery) == (shop.embedder.version, shop.gallery.version)
    names = [found.judgement.candidates[0].product_id for found in answer.objects]
    assert sorted(names) == ["p-milk", "p-tea"]
    assert min(found.judgement.candidates[0].score for found in answer.objects) > 0.99
