"""Enrolment: what is written, and what stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeService
from support.references import MILK, TEA, enrol, numbered, record_crops
from tillsight.catalogue.enrolment import (
    GROUP_SIZE,
)
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, Unavailable
from tillsight.domain.identifiers import compute_photo_id, row_id
from tillsight.domain.products import Enrolment, Reference


@pytest.mark.parametrize("rotations", [1, 3, 8])
async def test_a_reference_becomes_a_row_for_each_rotation(rotations: int) -> None:
    service = FakeService(rotations=rotations)
    reference = replace(TEA, store="north", attributes={"grams": 250})
    assert await enrol(service, reference) == Enrolment(1, 0, ())
    rows = service.gallery.rows
    angles = [round(360 * turn / rotations) for turn in range(rotations)]
    assert set(rows) == {row_id(compute_photo_id(reference), degrees) for degrees in angles}
    assert sorted(row.degrees for row in rows.values()) == angles
    first = rows[row_id(compute_photo_id(reference), 0)]
    assert (first.product_id, first.name, first.store) == ("p-tea", "Tea", "north")
    assert first.attributes == {"grams": 250}
    assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-5)


async def test_each_row_holds_the_vector_of_its_own_photo_and_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService(rotations=2)
    given = record_crops(service, monkeypatch)
    await enrol(service, TEA, MILK)
    assert [batch.shape for batch in given] == [(4, 32, 32, 3)]
    for number, reference in enumerate((TEA, MILK)):
        for turn, degrees in enumerate((0, 180)):
            mean = given[0][2 * number + turn].reshape(-1, 3).mean(axis=0) - 114
            row = service.gallery.rows[row_id(compute_photo_id(reference), degrees)]
            np.testing.assert_allclose(row.vector, mean / np.linalg.norm(mean), atol=1e-5)


async def test_enrolling_again_changes_nothing_and_embeds_nothing() -> None:
    service = FakeService()
    await enrol(service, TEA, MILK)
    batches, rows = list(service.embedder.batches), dict(service.gallery.rows)
    assert await enrol(service, MILK, TEA) == Enrolment(0, 2, ())
    assert service.embedder.batches == batches and service.gallery.rows == rows


async def test_a_reference_with_missing_rotations_is_enrolled_again() -> None:
    service = FakeService()
    await enrol(service, TEA)
    complete = set(service.gallery.rows)
    del service.gallery.rows[row_id(compute_photo_id(TEA), 90)]
    assert await enrol(service, TEA) == Enrolment(1, 0, ())
    assert set(service.gallery.rows) == complete


async def test_the_same_reference_twice_in_a_call_is_enrolled_once() -> None:
    service = FakeService()
    assert await enrol(service, TEA, TEA) == Enrolment(1, 1, ())
    assert service.embedder.batches == [(4, 32, 32, 3)]


async def test_photos_are_kept_before_their_rows_are_written() -> None:
    service = FakeService()
    service.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(Unavailable):
        await enrol(service, TEA)
    (kept,) = service.photos.kept.items()
    assert kept[0] == compute_photo_id(TEA) and replace(kept[1], outline=None) == TEA and kept[1].outline
    assert service.photos.rows_then == [0]
    service.gallery.writing.error = None
    assert await enrol(service, TEA) == Enrolment(1, 0, ())


async def test_references_enrolled_before_a_server_failed_stay() -> None:
    service = FakeService(rotations=1)

    async def stream() -> AsyncIterator[Reference]:
        for number, reference in enumerate(numbered(GROUP_SIZE + 1)):
            if number == GROUP_SIZE:
                await service.gallery.writing.reached.wait()
                service.embedder.step.error = Unavailable("Triton", "gone")
            yield reference

    with pytest.raises(Unavailable):
        await service.catalogue.enrol(stream(), Deadline.after(30))
    assert len(service.gallery.rows) == GROUP_SIZE


async def test_a_deadline_that_passes_during_embedding_prevents_the_write() -> None:
    service = FakeService()
    service.embedder.step.hold = asyncio.Event()
    with pytest.raises(DeadlineExceeded):
        await enrol(service, TEA, deadline_s=0.3)
    assert service.gallery.writing.calls == 0 and service.photos.kept == {}


async def test_changed_attributes_of_an_enrolled_photo_are_written_without_embedding_it_again() -> None:
    service = FakeService()
    await enrol(service, replace(TEA, attributes={"vat": 7}), MILK)
    batches, vectors = list(service.embedder.batches), {key: row.vector for key, row in service.gallery.rows.items()}
    changed = replace(TEA, attributes={"vat": 19})
    assert await enrol(service, changed, MILK) == Enrolment(0, 1, (), 1)
    assert service.embedder.batches == batches
    assert {key: row.vector for key, row in service.gallery.rows.items()} == vectors
    tea = [row.attributes for row in service.gallery.rows.values() if row.product_id == "p-tea"]
    assert tea == [{"vat": 19}] * 4
    assert service.photos.kept[compute_photo_id(TEA)].attributes == {"vat": 19}
    assert await enrol(service, changed, MILK) == Enrolment(0, 2, ())


@pytest.mark.parametrize("known", [True, False], ids=["enrolled before", "new"])
async def test_a_photo_sent_twice_in_a_call_gets_the_attributes_sent_last(known: bool) -> None:
    service = FakeService()
    if known:
        await enrol(service, TEA)
    first, last = replace(TEA, attributes={"vat": 7}), replace(TEA, attributes={"vat": 19})
    expected = Enrolment(0, 1, (), 2) if known else Enrolment(1, 1, (), 1)
    assert await enrol(service, first, last, last) == expected
    assert [row.attributes for row in service.gallery.rows.values()] == [{"vat": 19}] * 4


async def test_changed_attributes_with_another_name_are_refused_and_not_written() -> None:
    service = FakeService()
    await enrol(service, TEA)
    enrolment = await enrol(service, replace(TEA, name="Green tea", attributes={"vat": 19}))
    assert (enrolment.updated, len(enrolment.refused)) == (0, 1)
    assert all(row.attributes == {} for row in service.gallery.rows.values())
