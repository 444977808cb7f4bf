"""Rebuild and swap: what is carried over, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from test_enrolment import MILK, TEA, enrol

from fakes import FakeEmbedder, FakeGallery, World
from pictures import BLUE, GREEN, RED, counter, encode
from tillsight.catalogue.bulk_load import GalleryOrigin
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import GalleryReplaced, NotFound, RebuildRefused, Unavailable
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Enrolment, GalleryRow, Reference, Removal
from tillsight.gallery.versions import GalleryState, RebuildPhase, RebuildProgress
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.ports import OpenGallery

LITE = "11731173"
PHOTO = encode(counter(((20, 20, 40, 40), RED), ((90, 20, 40, 40), BLUE)))
GREEN_TEA = Reference("p-green", "Green tea", encode(counter(((40, 20, 40, 40), GREEN))))


def world(rotations: int = 2) -> World:
    made = World(rotations=rotations)
    made.live.embedders["lite"] = FakeEmbedder("lite", LITE, crop_size=16, channels_turned=1)
    return made


async def rebuild(
    world: World, model: str = "lite", rotations: int = 0, allow_missing: bool = False
) -> list[RebuildProgress]:
    steps = world.rebuilder.rebuild(model, rotations, allow_missing, Deadline.after(30))
    return [progress async for progress in steps]


async def rollback(world: World, name: str = "") -> list[RebuildProgress]:
    return [progress async for progress in world.rebuilder.rollback(name, False, Deadline.after(30))]


def live(world: World) -> FakeGallery:
    return world.galleries.galleries[world.galleries.alias]


async def states(world: World) -> dict[str, GalleryState]:
    return {one.name: one.state for one in await world.rebuilder.versions(Deadline.after(30))}


async def test_a_rebuilt_gallery_answers_with_its_own_embedder_and_is_named_in_the_answer() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)
    before = await shop.recognizer.recognize(PHOTO, Deadline.after(30))
    steps = await rebuild(shop)
    after = await shop.recognizer.recognize(PHOTO, Deadline.after(30))
    names = [[found.judgement.candidates[0].product_id for found in answer.objects] for answer in (before, after)]
    assert sorted(names[0]) == sorted(names[1]) == ["p-milk", "p-tea"]
    assert (before.versions.embedder, before.versions.gallery) == (shop.embedder.version, shop.gallery.version)
    assert (after.versions.embedder, after.versions.gallery) == (f"lite:1:{LITE}", f"gallery_{LITE}_2")
    last = steps[-1]
    assert (last.phase, last.gallery, last.replaces) == (RebuildPhase.DONE, f"gallery_{LITE}_2", shop.gallery.version)
    assert (last.embedded, last.tried, last.found, last.missing_count) == (2, 2, 2, 0)
    assert await states(shop) == {shop.gallery.version: GalleryState.KEPT, f"gallery_{LITE}_2": GalleryState.LIVE}
    assert shop.galleries.fenced == set()


async def test_what_was_edited_in_the_live_rows_is_carried_over_and_deleted_rows_are_not_brought_back() -> None:
    shop = world()
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


@pytest.mark.parametrize(("before", "after"), [(2, 4), (4, 1)])
async def test_a_rebuild_may_change_the_number_of_rotations_alone(before: int, after: int) -> None:
    shop = world(before)
    await enrol(shop, TEA, MILK)
    await rebuild(shop, model="", rotations=after)
    assert len(live(shop).rows) == 2 * after
    assert await enrol(shop, TEA) == Enrolment(0, 1, ())
    assert await enrol(shop, GREEN_TEA) == Enrolment(1, 0, ())
    assert len(live(shop).rows) == 3 * after


@pytest.mark.parametrize(("model", "kept"), [("", True), ("lite", False)])
async def test_a_gallerys_own_calibration_goes_along_with_the_embedder_it_was_fitted_to(model: str, kept: bool) -> None:
    shop = world()
    await enrol(shop, TEA)
    own = Calibration(known_from=0.875)
    await shop.catalogue.calibrate(own, FakeEmbedder.fingerprint, Deadline.after(30))
    await rebuild(shop, model=model, rotations=3)
    assert (shop.live.current().calibration == own) is kept


async def test_photos_that_are_not_kept_refuse_the_swap_unless_they_may_be_missing() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)
    del shop.references.kept[compute_photo_id(MILK)]
    with pytest.raises(RebuildRefused, match=r"1 photos cannot be embedded again .*'p-milk'.*not kept"):
        await rebuild(shop)
    assert shop.galleries.alias == shop.gallery.version
    assert (await states(shop))[f"gallery_{LITE}_2"] is GalleryState.BUILDING
    last = (await rebuild(shop, allow_missing=True))[-1]
    assert (last.missing_count, [one.product_id for one in last.missing]) == (1, ["p-milk"])
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea"}


async def test_a_photo_whose_removal_is_under_way_is_not_missing() -> None:
    shop = world()
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


async def test_a_version_that_does_not_find_its_own_references_is_not_swapped_in() -> None:
    shop = world()
    await enrol(shop, TEA, MILK, GREEN_TEA)
    lite = shop.live.embedders["lite"]

    async def forget_what_was_embedded() -> None:
        lite._channels_turned = 2

    shop.galleries.on_index = forget_what_was_embedded
    with pytest.raises(RebuildRefused, match="of 3 references only 0 find"):
        await rebuild(shop)
    assert shop.galleries.alias == shop.gallery.version


async def test_a_rebuild_that_broke_off_goes_on_with_what_it_has() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)
    lite = shop.live.embedders["lite"]

    async def break_off() -> None:
        raise Unavailable("Milvus", "gone")

    shop.galleries.on_index = break_off
    with pytest.raises(Unavailable):
        await rebuild(shop)
    assert shop.galleries.alias == shop.gallery.version
    embedded = lite.step.calls
    shop.galleries.on_index = None
    steps = await rebuild(shop)
    assert steps[-1].embedded == 0 and lite.step.calls == embedded + 2  # the two that are tried
    assert list(await states(shop)) == [f"gallery_{LITE}_2", shop.gallery.version]


async def test_writes_during_a_rebuild_are_in_the_new_version() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)

    async def write() -> None:
        await enrol(shop, GREEN_TEA)
        await shop.catalogue.remove(["p-milk"], "", Deadline.after(30))
        await enrol(shop, replace(TEA, attributes={"vat": 7}))

    shop.galleries.on_index = write
    last = (await rebuild(shop))[-1]
    assert last.missing_count == 0
    assert {(row.product_id, row.attributes.get("vat")) for row in live(shop).rows.values()} == {
        ("p-tea", 7),
        ("p-green", None),
    }


async def test_an_edit_in_milvus_between_the_last_comparison_and_the_switch_is_brought_over() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)

    def edit() -> None:
        for key, row in list(shop.gallery.rows.items()):
            if row.product_id == "p-tea":
                shop.gallery.rows[key] = replace(row, name="At the last moment")
            else:
                del shop.gallery.rows[key]

    shop.galleries.on_switch = edit
    await rebuild(shop)
    assert {(row.product_id, row.name) for row in live(shop).rows.values()} == {("p-tea", "At the last moment")}


async def test_an_enrolment_during_the_switch_is_acknowledged_once_the_new_version_has_it() -> None:
    shop = world()
    await enrol(shop, TEA)
    shop.embedder.step.hold = asyncio.Event()
    shop.embedder.step.reached.clear()
    enrolling = asyncio.ensure_future(enrol(shop, MILK))
    await shop.embedder.step.reached.wait()
    await rebuild(shop)
    assert not enrolling.done()
    shop.embedder.step.hold.set()
    assert await enrolling == Enrolment(1, 0, ())
    assert shop.galleries.alias == f"gallery_{LITE}_2"
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea", "p-milk"}
    found = await shop.recognizer.recognize(PHOTO, Deadline.after(30))
    assert {one.judgement.candidates[0].product_id for one in found.objects} == {"p-tea", "p-milk"}


async def test_a_removal_during_the_switch_is_acknowledged_once_the_new_version_lacks_it() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)
    removing: list[asyncio.Future[Removal]] = []

    async def begin() -> None:
        shop.gallery.writing.hold = asyncio.Event()
        shop.gallery.writing.reached.clear()
        removing.append(asyncio.ensure_future(shop.catalogue.remove(["p-milk"], "", Deadline.after(30))))
        await shop.gallery.writing.reached.wait()

    shop.galleries.on_index = begin
    await rebuild(shop)
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea", "p-milk"} and not removing[0].done()
    assert shop.gallery.writing.hold is not None
    shop.gallery.writing.hold.set()
    assert await removing[0] == Removal(1, 2, ())
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea"}


async def test_a_load_during_the_switch_is_to_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = world()
    await enrol(shop, TEA)
    elsewhere = OpenGallery(shop.embedder, FakeGallery("gallery_e3bede3bede3bede_9"), 2)
    pairs = iter([shop.live.current(), elsewhere])

    async def for_writing(deadline: Deadline) -> OpenGallery[FakeGallery]:
        return next(pairs)

    monkeypatch.setattr(shop.live, "for_writing", for_writing)

    async def pages() -> AsyncIterator[list[GalleryRow]]:
        yield list(shop.gallery.rows.values())

    with pytest.raises(GalleryReplaced, match="load them again"):
        await shop.catalogue.load(GalleryOrigin("g", FakeEmbedder.fingerprint), pages(), Deadline.after(30))


async def test_rolling_back_brings_over_what_was_changed_since() -> None:
    shop = world()
    await enrol(shop, TEA, MILK)
    await rebuild(shop)
    await enrol(shop, GREEN_TEA)
    await shop.catalogue.remove(["p-milk"], "", Deadline.after(30))
    last = (await rollback(shop))[-1]
    assert (last.gallery, last.replaces) == (shop.gallery.version, f"gallery_{LITE}_2")
    assert (last.embedded, last.removed) == (1, 2)
    assert {row.product_id for row in shop.gallery.rows.values()} == {"p-tea", "p-green"}
    found = await shop.recognizer.recognize(GREEN_TEA.photo, Deadline.after(30))
    assert found.objects[0].judgement.candidates[0].product_id == "p-green"
    assert found.versions.embedder == shop.embedder.version


async def test_there_is_nothing_to_go_back_to_but_kept_versions() -> None:
    shop = world()
    await enrol(shop, TEA)
    with pytest.raises(NotFound, match="gallery_e3bede3bede3bede_1 \\(live\\)"):
        await rollback(shop)
    await shop.galleries.create("lite", shop.live.embedders["lite"], 2, Deadline.after(30))
    with pytest.raises(NotFound, match="building"):
        await rollback(shop, f"gallery_{LITE}_2")


async def test_going_back_to_an_embedder_that_is_another_now_is_refused_naming_both() -> None:
    shop = world()
    await enrol(shop, TEA)
    await rebuild(shop)
    shop.live.embedders["vgg"] = FakeEmbedder("vgg", "07be507be5")
    with pytest.raises(RebuildRefused, match=f"{FakeEmbedder.fingerprint}.*07be507be5"):
        await rollback(shop)
    assert shop.galleries.alias == f"gallery_{LITE}_2"


async def test_only_versions_that_are_not_live_are_dropped() -> None:
    shop = world()
    await enrol(shop, TEA)
    with pytest.raises(RebuildRefused, match="is the live gallery"):
        await shop.rebuilder.drop(shop.gallery.version, Deadline.after(30))
    with pytest.raises(NotFound, match="'other'"):
        await shop.rebuilder.drop("other", Deadline.after(30))
    await rebuild(shop)
    await shop.rebuilder.drop(shop.gallery.version, Deadline.after(30))
    assert list(await states(shop)) == [f"gallery_{LITE}_2"]


async def test_one_rebuild_at_a_time() -> None:
    shop = world()
    await enrol(shop, TEA)

    async def another() -> None:
        with pytest.raises(RebuildRefused, match="under way"):
            await rebuild(shop)
        with pytest.raises(RebuildRefused, match="under way"):
            await shop.rebuilder.drop("any", Deadline.after(30))

    shop.galleries.on_index = another
    assert (await rebuild(shop))[-1].phase is RebuildPhase.DONE


async def test_a_version_that_someone_else_swapped_in_meanwhile_is_not_replaced() -> None:
    shop = world()
    await enrol(shop, TEA)

    async def elsewhere() -> None:
        other = FakeGallery("gallery_e3bede3bede3bede_7")
        shop.galleries.galleries[other.version] = other
        shop.galleries.about[other.version] = replace(shop.galleries.about[shop.gallery.version], name=other.version)
        shop.galleries.alias = other.version

    shop.galleries.on_index = elsewhere
    with pytest.raises(RebuildRefused, match="another call swapped in gallery_e3bede3bede3bede_7"):
        await rebuild(shop)
    assert shop.galleries.alias == "gallery_e3bede3bede3bede_7"
    assert shop.galleries.fenced == set()


async def test_an_answer_is_of_one_pair_though_another_is_swapped_in_while_it_is_made() -> None:
    shop = world()
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
