"""Which gallery versions are built, rolled back to and dropped, and what is refused."""

from __future__ import annotations

import pytest

from support.fakes import FakeEmbedder, FakeService
from support.rebuilds import GREEN_TEA, LITE, PHOTO, live, rebuild, service_with_two_embedders, states
from support.references import MILK, TEA, enrol
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import NotFound, RebuildRefused, Unavailable
from tillsight.domain.products import Enrolment
from tillsight.gallery.versions import GalleryState, RebuildPhase, RebuildProgress


async def rollback(service: FakeService, name: str = "") -> list[RebuildProgress]:
    return [progress async for progress in service.rebuilder.rollback(name, False, Deadline.after(30))]


async def test_a_rebuilt_gallery_is_searched_with_its_own_embedder_and_both_are_in_the_answer() -> None:
    shop = service_with_two_embedders()
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
    assert shop.versions.fenced == set()


@pytest.mark.parametrize(("before", "after"), [(2, 4), (4, 1)])
async def test_a_rebuild_can_change_only_the_number_of_rotations(before: int, after: int) -> None:
    shop = service_with_two_embedders(before)
    await enrol(shop, TEA, MILK)
    await rebuild(shop, model="", rotations=after)
    assert len(live(shop).rows) == 2 * after
    assert await enrol(shop, TEA) == Enrolment(0, 1, ())
    assert await enrol(shop, GREEN_TEA) == Enrolment(1, 0, ())
    assert len(live(shop).rows) == 3 * after


async def test_a_rebuild_that_broke_off_is_continued() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)
    lite = shop.live.embedders["lite"]

    async def break_off() -> None:
        raise Unavailable("Milvus", "gone")

    shop.versions.on_index = break_off
    with pytest.raises(Unavailable):
        await rebuild(shop)
    assert shop.versions.alias == shop.gallery.version
    embedded = lite.step.calls
    shop.versions.on_index = None
    steps = await rebuild(shop)
    assert steps[-1].embedded == 0 and lite.step.calls == embedded + 2  # the two that are tried
    assert list(await states(shop)) == [f"gallery_{LITE}_2", shop.gallery.version]


async def test_a_rollback_copies_what_changed_since_the_swap() -> None:
    shop = service_with_two_embedders()
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


async def test_only_kept_versions_can_be_rolled_back_to() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)
    with pytest.raises(NotFound, match="gallery_e3bede3bede3bede_1 \\(live\\)"):
        await rollback(shop)
    await shop.versions.create("lite", shop.live.embedders["lite"], 2, Deadline.after(30))
    with pytest.raises(NotFound, match="building"):
        await rollback(shop, f"gallery_{LITE}_2")


async def test_a_rollback_to_a_replaced_embedder_is_refused_and_both_are_named() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)
    await rebuild(shop)
    shop.live.embedders["vgg"] = FakeEmbedder("vgg", "07be507be5")
    with pytest.raises(RebuildRefused, match=f"{FakeEmbedder.fingerprint}.*07be507be5"):
        await rollback(shop)
    assert shop.versions.alias == f"gallery_{LITE}_2"


async def test_only_versions_that_are_not_live_are_dropped() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)
    with pytest.raises(RebuildRefused, match="is the live gallery"):
        await shop.rebuilder.drop(shop.gallery.version, Deadline.after(30))
    with pytest.raises(NotFound, match="'other'"):
        await shop.rebuilder.drop("other", Deadline.after(30))
    await rebuild(shop)
    await shop.rebuilder.drop(shop.gallery.version, Deadline.after(30))
    assert list(await states(shop)) == [f"gallery_{LITE}_2"]


async def test_only_one_rebuild_runs_at_a_time() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)

    async def another() -> None:
        with pytest.raises(RebuildRefused, match="under way"):
            await rebuild(shop)
        with pytest.raises(RebuildRefused, match="under way"):
            await shop.rebuilder.drop("any", Deadline.after(30))

    shop.versions.on_index = another
    assert (await rebuild(shop))[-1].phase is RebuildPhase.DONE
