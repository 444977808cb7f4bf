"""Enrolment: what is written, what is left, what is refused and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from fakes import Step, World
from pictures import BLUE, GREEN, RED, Pixels, counter, encode
from tillsight.catalogue.enrolment import (
    CROPS_PER_REQUEST,
    GROUP_SIZE,
    GROUPS_AT_ONCE,
    PHOTOS_AT_ONCE,
    REQUESTS_AT_ONCE,
)
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, Unavailable
from tillsight.domain.geometry import Box, Instance
from tillsight.domain.identifiers import compute_photo_id, row_id
from tillsight.domain.products import Enrolment, EnrolmentOutcome, Reference
from tillsight.imaging.decoding import Photo
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.recognition.object_selection import dominant_polygon

TEA = Reference("p-tea", "Tea", encode(counter(((40, 20, 40, 40), RED))))
MILK = Reference("p-milk", "Milk", encode(counter(((30, 20, 40, 40), BLUE))))


async def enrol(world: World, *references: Reference, deadline_s: float = 30) -> Enrolment:
    async def stream() -> AsyncIterator[Reference]:
        for reference in references:
            yield reference

    return await world.catalogue.enrol(stream(), Deadline.after(deadline_s))


def numbered(count: int) -> list[Reference]:
    return [replace(TEA, product_id=f"p{number:03}", name=f"Tea {number}") for number in range(count)]


async def taken(step: Step, calls: int) -> None:
    """Until a step has been called so often."""
    enough = asyncio.Event()
    step.on_take = lambda: enough.set() if step.calls >= calls else None
    await enough.wait()


def recording(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Pixels]:
    """The batches of crops the embedder is given."""
    given: list[Pixels] = []
    embed = world.embedder.embed

    async def watched(crops: Pixels, deadline: Deadline) -> np.ndarray:
        given.append(crops)
        return await embed(crops, deadline)

    monkeypatch.setattr(world.embedder, "embed", watched)
    return given


@pytest.mark.parametrize("rotations", [1, 3, 8])
async def test_a_reference_becomes_a_row_for_each_rotation(rotations: int) -> None:
    world = World(rotations=rotations)
    reference = replace(TEA, store="north", attributes={"grams": 250})
    assert await enrol(world, reference) == Enrolment(1, 0, ())
    rows = world.gallery.rows
    angles = [round(360 * turn / rotations) for turn in range(rotations)]
    assert set(rows) == {row_id(compute_photo_id(reference), degrees) for degrees in angles}
    assert sorted(row.degrees for row in rows.values()) == angles
    first = rows[row_id(compute_photo_id(reference), 0)]
    assert (first.product_id, first.name, first.store) == ("p-tea", "Tea", "north")
    assert first.attributes == {"grams": 250}
    assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-5)


async def test_each_row_holds_the_vector_of_its_own_photo_and_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(rotations=2)
    given = recording(world, monkeypatch)
    await enrol(world, TEA, MILK)
    assert [batch.shape for batch in given] == [(4, 32, 32, 3)]
    for number, reference in enumerate((TEA, MILK)):
        for turn, degrees in enumerate((0, 180)):
            mean = given[0][2 * number + turn].reshape(-1, 3).mean(axis=0) - 114
            row = world.gallery.rows[row_id(compute_photo_id(reference), degrees)]
            np.testing.assert_allclose(row.vector, mean / np.linalg.norm(mean), atol=1e-5)


def test_the_photo_id_depends_on_product_store_photo_and_region_alone() -> None:
    assert compute_photo_id(TEA) == compute_photo_id(replace(TEA, name="Other", attributes={"a": 1}))
    region = Box(1, 2, 30, 40)
    others = [
        replace(TEA, product_id="p-te"),
        replace(TEA, store="a"),
        replace(TEA, product_id="p-t", store="ea"),
        replace(TEA, photo=TEA.photo + b"\0"),
        replace(TEA, region=region),
        replace(TEA, region=replace(region, x=2)),
        MILK,
    ]
    assert len({compute_photo_id(one) for one in [TEA, *others]}) == len(others) + 1
    assert compute_photo_id(TEA) == compute_photo_id(replace(TEA)) and len(compute_photo_id(TEA)) == 32


async def test_enrolling_again_changes_nothing_and_embeds_nothing() -> None:
    world = World()
    await enrol(world, TEA, MILK)
    batches, rows = list(world.embedder.batches), dict(world.gallery.rows)
    assert await enrol(world, MILK, TEA) == Enrolment(0, 2, ())
    assert world.embedder.batches == batches and world.gallery.rows == rows


async def test_a_reference_of_which_some_rotations_are_missing_is_enrolled_again() -> None:
    world = World()
    await enrol(world, TEA)
    complete = set(world.gallery.rows)
    del world.gallery.rows[row_id(compute_photo_id(TEA), 90)]
    assert await enrol(world, TEA) == Enrolment(1, 0, ())
    assert set(world.gallery.rows) == complete


async def test_the_same_reference_twice_in_a_call_is_one() -> None:
    world = World()
    assert await enrol(world, TEA, TEA) == Enrolment(1, 1, ())
    assert world.embedder.batches == [(4, 32, 32, 3)]


async def test_references_go_through_the_networks_in_groups() -> None:
    world = World(rotations=1)
    assert (await enrol(world, *numbered(2 * GROUP_SIZE + 3))).enrolled == 2 * GROUP_SIZE + 3
    assert [batch[0] for batch in world.embedder.batches] == [GROUP_SIZE, GROUP_SIZE, 3]


async def test_groups_overlap_so_that_the_embedder_need_not_wait_for_decoding_and_writing() -> None:
    world = World(rotations=1)
    world.gallery.writing.hold = asyncio.Event()
    call = asyncio.create_task(enrol(world, *numbered(3 * GROUP_SIZE + 1)))
    await taken(world.embedder.step, GROUPS_AT_ONCE)  # while not one group is written
    assert world.gallery.writing.finished == 0 and len(world.embedder.batches) == GROUPS_AT_ONCE
    world.gallery.writing.hold.set()
    assert (await call).enrolled == 3 * GROUP_SIZE + 1


async def test_the_embedder_never_has_more_of_enrolment_than_its_share_over_all_calls() -> None:
    world = World(rotations=8)
    step, enough = world.embedder.step, asyncio.Event()
    under_way: list[int] = []

    def take() -> None:
        under_way.append(step.calls - step.finished)
        if step.calls == REQUESTS_AT_ONCE:
            enough.set()

    step.on_take, step.hold = take, asyncio.Event()
    few, others = numbered(8), [replace(one, store="north") for one in numbered(8)]
    calls = [asyncio.create_task(enrol(world, *some)) for some in (few, others)]
    await enough.wait()
    step.hold.set()
    assert [(await call).enrolled for call in calls] == [8, 8]
    assert max(under_way) == REQUESTS_AT_ONCE
    assert [batch[0] for batch in world.embedder.batches] == [CROPS_PER_REQUEST] * 4


async def test_references_are_accepted_in_their_order_however_long_a_group_takes() -> None:
    world = World(rotations=1)
    first, last = replace(TEA, name="First"), replace(TEA, photo=MILK.photo, name="Last")
    plain = np.dstack([counter(((40, 20, 40, 40), RED)), np.full((80, 120), 0, np.uint8)])
    plain[20:60, 40:80, 3] = 255  # with a mask of its own, so that it overtakes what waits for the segmenter
    quick = replace(last, photo=encode(plain))
    world.segmenter.step.hold = asyncio.Event()
    call = asyncio.create_task(enrol(world, first, *numbered(GROUP_SIZE - 1), quick))
    await taken(world.segmenter.step, PHOTOS_AT_ONCE)
    world.segmenter.step.hold.set()
    (refusal,) = (await call).refused
    assert refusal.index == GROUP_SIZE and "'First'" in refusal.reason


@pytest.mark.parametrize("attributes", [{}, {"vat": 19}], ids=["unchanged", "updated"])
async def test_a_photo_that_comes_again_while_it_is_under_way_is_embedded_once(attributes: dict) -> None:
    world = World(rotations=1)
    again = replace(numbered(1)[0], attributes=attributes)
    enrolment = await enrol(world, *numbered(GROUP_SIZE), again)
    assert (enrolment.enrolled, enrolment.unchanged + enrolment.updated) == (GROUP_SIZE, 1)
    assert [batch[0] for batch in world.embedder.batches] == [GROUP_SIZE]
    assert world.gallery.rows[row_id(compute_photo_id(again), 0)].attributes == attributes


async def test_what_would_become_of_references_is_told_without_their_photos_and_nothing_is_written() -> None:
    world = World()
    await enrol(world, TEA, replace(MILK, attributes={"vat": 7}))
    rows, calls = dict(world.gallery.rows), len(world.embedder.batches)
    asked = [TEA, MILK, replace(TEA, name="Green tea"), replace(TEA, product_id=""), replace(TEA, store="north")]
    expected = await world.catalogue.preflight(
        [(compute_photo_id(one), replace(one, photo=b"")) for one in asked], Deadline.after(30)
    )
    outcomes = [one.outcome for one in expected]
    assert outcomes == [
        EnrolmentOutcome.UNCHANGED,
        EnrolmentOutcome.UPDATED,
        EnrolmentOutcome.REFUSED,
        EnrolmentOutcome.REFUSED,
        EnrolmentOutcome.ENROLLED,
    ]
    assert "'Tea'" in expected[2].reason and "id is empty" in expected[3].reason
    assert world.gallery.rows == rows and len(world.embedder.batches) == calls


async def test_photos_are_kept_before_their_rows_are_written() -> None:
    world = World()
    world.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(Unavailable):
        await enrol(world, TEA)
    (kept,) = world.references.kept.items()
    assert kept[0] == compute_photo_id(TEA) and replace(kept[1], outline=None) == TEA and kept[1].outline
    assert world.references.rows_then == [0]
    world.gallery.writing.error = None
    assert await enrol(world, TEA) == Enrolment(1, 0, ())


async def test_of_two_calls_at_once_that_name_a_product_differently_the_later_one_is_refused() -> None:
    world = World(rotations=1)
    world.gallery.writing.hold = asyncio.Event()
    first = asyncio.create_task(enrol(world, TEA))
    await world.gallery.writing.reached.wait()
    again, other = replace(TEA, photo=MILK.photo), replace(TEA, photo=MILK.photo, name="Coffee")
    (refusal,) = (await enrol(world, other)).refused
    assert "'Tea' by another call, not as 'Coffee'" in refusal.reason
    second = asyncio.create_task(enrol(world, again))  # by the same name
    elsewhere = asyncio.create_task(enrol(world, replace(other, store="north")))
    world.gallery.writing.hold.set()
    assert [(await call).enrolled for call in (first, second, elsewhere)] == [1, 1, 1]


async def test_a_name_is_free_again_once_the_call_that_gave_it_has_failed() -> None:
    world = World(rotations=1)
    world.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(Unavailable):
        await enrol(world, TEA)
    world.gallery.writing.error = None
    assert (await enrol(world, replace(TEA, name="Coffee"))).enrolled == 1


async def test_what_was_enrolled_before_a_server_went_away_stays() -> None:
    world = World(rotations=1)

    async def stream() -> AsyncIterator[Reference]:
        for number, reference in enumerate(numbered(GROUP_SIZE + 1)):
            if number == GROUP_SIZE:
                await world.gallery.writing.reached.wait()
                world.embedder.step.error = Unavailable("Triton", "gone")
            yield reference

    with pytest.raises(Unavailable):
        await world.catalogue.enrol(stream(), Deadline.after(30))
    assert len(world.gallery.rows) == GROUP_SIZE


async def test_a_deadline_that_passes_during_embedding_writes_nothing() -> None:
    world = World()
    world.embedder.step.hold = asyncio.Event()
    with pytest.raises(DeadlineExceeded):
        await enrol(world, TEA, deadline_s=0.3)
    assert world.gallery.writing.calls == 0 and world.references.kept == {}


async def test_transparency_is_the_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    rgba = np.dstack([np.full((80, 120, 3), GREEN, np.uint8), np.zeros((80, 120), np.uint8)])
    rgba[30:50, 20:100, 3] = 255
    world = World(rotations=1)
    given = recording(world, monkeypatch)
    await enrol(world, replace(TEA, photo=encode(rgba)))
    assert world.segmenter.step.calls == 0
    crop = given[0][0]
    np.testing.assert_allclose(crop[16, 16], GREEN, atol=2)
    np.testing.assert_array_equal(crop[8, 16], [114] * 3)  # four times as wide as high: ground above


async def test_an_opaque_alpha_channel_is_no_mask() -> None:
    opaque = np.dstack([counter(((40, 20, 40, 40), RED)), np.full((80, 120), 255, np.uint8)])
    world = World()
    await enrol(world, replace(TEA, photo=encode(opaque)))
    assert world.segmenter.step.calls == 1


async def test_a_region_without_an_object_of_its_own_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = encode(counter(((0, 0, 60, 80), RED), ((60, 0, 60, 80), BLUE)))
    world = World(rotations=1)
    given = recording(world, monkeypatch)
    await enrol(world, replace(TEA, photo=photo, region=Box(60, 20, 40, 40)))
    np.testing.assert_allclose(given[0][0][4:28, 4:28], np.full((24, 24, 3), BLUE), atol=2)


async def test_the_object_at_a_region_gives_the_outline(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = encode(counter(((10, 10, 40, 60), RED), ((70, 20, 40, 40), BLUE)))
    world = World(rotations=1)
    given = recording(world, monkeypatch)
    await enrol(world, replace(TEA, photo=photo, region=Box(66, 14, 50, 50)))
    crop = given[0][0]
    np.testing.assert_allclose(crop[3:29, 3:29], np.full((26, 26, 3), BLUE), atol=2)
    np.testing.assert_allclose(crop[0, 0], [114] * 3, atol=5)  # not the white counter, which the region holds too


async def test_a_region_of_the_whole_photo_is_the_whole_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(rotations=1)
    given = recording(world, monkeypatch)
    photo = encode(counter(((5, 5, 110, 70), RED)))
    await enrol(world, replace(TEA, photo=photo, region=Box(0, 0, 120, 80)))
    assert world.segmenter.step.calls == 0
    np.testing.assert_allclose(given[0][0][6, 16], [255] * 3, atol=2)


async def test_other_attributes_of_an_enrolled_photo_are_written_without_embedding_it_again() -> None:
    world = World()
    await enrol(world, replace(TEA, attributes={"vat": 7}), MILK)
    batches, vectors = list(world.embedder.batches), {key: row.vector for key, row in world.gallery.rows.items()}
    changed = replace(TEA, attributes={"vat": 19})
    assert await enrol(world, changed, MILK) == Enrolment(0, 1, (), 1)
    assert world.embedder.batches == batches
    assert {key: row.vector for key, row in world.gallery.rows.items()} == vectors
    tea = [row.attributes for row in world.gallery.rows.values() if row.product_id == "p-tea"]
    assert tea == [{"vat": 19}] * 4
    assert world.references.kept[compute_photo_id(TEA)].attributes == {"vat": 19}
    assert await enrol(world, changed, MILK) == Enrolment(0, 2, ())


@pytest.mark.parametrize("known", [True, False], ids=["enrolled before", "new"])
async def test_a_photo_sent_twice_in_a_call_gets_the_attributes_sent_last(known: bool) -> None:
    world = World()
    if known:
        await enrol(world, TEA)
    first, last = replace(TEA, attributes={"vat": 7}), replace(TEA, attributes={"vat": 19})
    expected = Enrolment(0, 1, (), 2) if known else Enrolment(1, 1, (), 1)
    assert await enrol(world, first, last, last) == expected
    assert [row.attributes for row in world.gallery.rows.values()] == [{"vat": 19}] * 4


async def test_other_attributes_with_another_name_are_refused_and_not_written() -> None:
    world = World()
    await enrol(world, TEA)
    enrolment = await enrol(world, replace(TEA, name="Green tea", attributes={"vat": 19}))
    assert (enrolment.updated, len(enrolment.refused)) == (0, 1)
    assert all(row.attributes == {} for row in world.gallery.rows.values())


async def test_the_one_object_of_a_photo_is_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(rotations=1)
    given = recording(world, monkeypatch)
    await enrol(world, TEA)
    np.testing.assert_allclose(given[0][0][4:28, 4:28], np.full((24, 24, 3), RED), atol=2)


def found(*shapes: tuple[float, float, float, float]) -> list[Instance]:
    return [Instance(Box(*shape), rectangle_polygon(*shape), 1.0) for shape in shapes]


@pytest.mark.parametrize(
    ("objects", "chosen"),
    [
        pytest.param([], None, id="nothing found"),
        pytest.param([(10, 10, 40, 40)], 0, id="one object"),
        pytest.param([(5, 5, 10, 10), (30, 10, 50, 50)], 1, id="one beside a small one"),
        pytest.param([(0, 0, 40, 40), (60, 0, 40, 40)], None, id="two alike"),
        pytest.param([(0, 0, 12, 12)], None, id="a speck"),
    ],
)
def test_the_dominant_object_is_depicted_else_the_whole_photo(objects: list, chosen: int | None) -> None:
    photo = Photo(np.zeros((100, 120, 3), np.uint8))
    expected = rectangle_polygon(0, 0, 120, 100) if chosen is None else found(*objects)[chosen].polygon
    assert dominant_polygon(photo, found(*objects)) == expected
