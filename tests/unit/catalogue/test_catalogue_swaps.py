"""Edits while another gallery version is swapped in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from support.fakes import FakeEmbedder, FakeGallery
from support.rebuilds import LITE, PHOTO, live, rebuild, service_with_two_embedders
from support.references import MILK, TEA, enrol
from tillsight.catalogue.bulk_load import GalleryOrigin
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import GalleryReplaced
from tillsight.domain.products import Enrolment, GalleryRow, Removal
from tillsight.recognition.ports import OpenGallery


async def test_an_enrolment_during_the_switch_is_acknowledged_once_the_new_version_has_it() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA)
    shop.embedder.step.hold = asyncio.Event()
    shop.embedder.step.reached.clear()
    enrolling = asyncio.ensure_future(enrol(shop, MILK))
    await shop.embedder.step.reached.wait()
    await rebuild(shop)
    assert not enrolling.done()
    shop.embedder.step.hold.set()
    assert await enrolling == Enrolment(1, 0, ())
    assert shop.versions.alias == f"gallery_{LITE}_2"
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea", "p-milk"}
    found = await shop.recognizer.recognize(PHOTO, Deadline.after(30))
    assert {one.judgement.candidates[0].product_id for one in found.objects} == {"p-tea", "p-milk"}


async def test_a_removal_during_the_switch_is_acknowledged_once_the_new_version_lacks_it() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK)
    removing: list[asyncio.Future[Removal]] = []

    async def begin() -> None:
        shop.gallery.writing.hold = asyncio.Event()
        shop.gallery.writing.reached.clear()
        removing.append(asyncio.ensure_future(shop.catalogue.remove(["p-milk"], "", Deadline.after(30))))
        await shop.gallery.writing.reached.wait()

    shop.versions.on_index = begin
    await rebuild(shop)
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea", "p-milk"} and not removing[0].done()
    assert shop.gallery.writing.hold is not None
    shop.gallery.writing.hold.set()
    assert await removing[0] == Removal(1, 2, ())
    assert {row.product_id for row in live(shop).rows.values()} == {"p-tea"}


async def test_a_load_during_the_switch_asks_to_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = service_with_two_embedders()
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
