"""The use cases of the catalogue, also while another gallery version is swapped in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.fakes import FakeService
from support.references import MILK, TEA, enrol
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import Unavailable
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Removal


async def test_removing_deletes_rows_and_photos_of_the_named_products_only() -> None:
    service = FakeService()
    own = replace(TEA, store="north")
    await enrol(service, TEA, own, MILK)
    removal = await service.catalogue.remove(["p-tea", "p-none", "p-tea"], "", Deadline.after(30))
    assert removal == Removal(1, 4, ("p-none",))
    assert {(row.product_id, row.store) for row in service.gallery.rows.values()} == {
        ("p-tea", "north"),
        ("p-milk", ""),
    }
    assert set(service.photos.kept) == {compute_photo_id(own), compute_photo_id(MILK)}


async def test_a_removal_that_failed_is_finished_by_repeating_it() -> None:
    service = FakeService()
    await enrol(service, TEA)
    service.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(Unavailable):
        await service.catalogue.remove(["p-tea"], "", Deadline.after(30))
    assert service.photos.kept == {} and len(service.gallery.rows) == 4
    service.gallery.writing.error = None
    assert (await service.catalogue.remove(["p-tea"], "", Deadline.after(30))).products == 1
    assert service.gallery.rows == {}


async def test_removing_no_products_removes_nothing() -> None:
    assert await FakeService().catalogue.remove([], "", Deadline.after(30)) == Removal(0, 0, ())
