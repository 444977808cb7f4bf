"""A gallery version must retrieve its own references."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.fakes import FakeService
from support.rebuilds import GREEN_TEA, rebuild, service_with_two_embedders
from support.references import MILK, TEA, enrol, numbered
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import RebuildRefused
from tillsight.domain.identifiers import compute_photo_id
from tillsight.gallery import verification
from tillsight.gallery.sync import GallerySync
from tillsight.gallery.verification import verify_retrieval


async def test_a_version_that_does_not_retrieve_its_own_references_is_not_swapped_in() -> None:
    shop = service_with_two_embedders()
    await enrol(shop, TEA, MILK, GREEN_TEA)
    lite = shop.live.embedders["lite"]

    async def forget_what_was_embedded() -> None:
        lite._channel_shift = 2

    shop.versions.on_index = forget_what_was_embedded
    with pytest.raises(RebuildRefused, match="of 3 references only 0 find"):
        await rebuild(shop)
    assert shop.versions.alias == shop.gallery.version


async def verified(service: FakeService) -> tuple[int, int]:
    sync = GallerySync(service.segmenter, service.photos, service.limits)
    deadline = Deadline.after(30)
    contents = await service.gallery.contents(deadline)
    return await verify_retrieval(sync, service.live.current(), contents, 1.0, deadline)


async def test_every_reference_that_retrieves_its_own_product_first_counts_as_found() -> None:
    service = FakeService(rotations=2)
    await enrol(service, TEA, MILK, GREEN_TEA)
    assert await verified(service) == (3, 3)


async def test_products_with_the_same_photo_are_both_first() -> None:
    service = FakeService(rotations=2)
    await enrol(service, TEA, replace(TEA, product_id="p-same"), replace(TEA, store="north"))
    assert await verified(service) == (3, 3)


async def test_references_without_an_active_row_or_a_photo_are_not_tried() -> None:
    service = FakeService(rotations=2)
    await enrol(service, TEA, MILK, GREEN_TEA)
    for key, row in list(service.gallery.rows.items()):
        if row.product_id == "p-tea":
            service.gallery.rows[key] = replace(row, active=False)
    del service.photos.kept[compute_photo_id(MILK)]
    assert await verified(service) == (1, 1)


async def test_of_a_large_gallery_a_sample_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "SAMPLE", 4)
    service = FakeService(rotations=1)
    await enrol(service, *numbered(10))
    tried, found = await verified(service)
    assert 4 <= tried <= 5 and found == tried
