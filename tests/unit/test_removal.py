"""Removal: rows and kept photos of just the products named, repeatable where it broke off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_enrolment import MILK, TEA, enrol

from fakes import World
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import Unavailable
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Removal


async def test_removing_takes_rows_and_kept_photos_of_just_the_products_named() -> None:
    world = World()
    own = replace(TEA, store="north")
    await enrol(world, TEA, own, MILK)
    removal = await world.catalogue.remove(["p-tea", "p-none", "p-tea"], "", Deadline.after(30))
    assert removal == Removal(1, 4, ("p-none",))
    assert {(row.product_id, row.store) for row in world.gallery.rows.values()} == {("p-tea", "north"), ("p-milk", "")}
    assert set(world.references.kept) == {compute_photo_id(own), compute_photo_id(MILK)}


async def test_a_removal_that_broke_off_is_finished_by_repeating_it() -> None:
    world = World()
    await enrol(world, TEA)
    world.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(Unavailable):
        await world.catalogue.remove(["p-tea"], "", Deadline.after(30))
    assert world.references.kept == {} and len(world.gallery.rows) == 4
    world.gallery.writing.error = None
    assert (await world.catalogue.remove(["p-tea"], "", Deadline.after(30))).products == 1
    assert world.gallery.rows == {}


async def test_removing_nothing_is_nothing_done() -> None:
    assert await World().catalogue.remove([], "", Deadline.after(30)) == Removal(0, 0, ())
