"""What enrolment would do with references, without their photos."""

from __future__ import annotations

from dataclasses import replace

from support.fakes import FakeService
from support.references import MILK, TEA, enrol
from tillsight.catalogue.preflight import IndexedReference, preflight
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import compute_photo_id, row_id
from tillsight.domain.products import EnrolmentOutcome, Reference


async def test_preflight_predicts_the_outcome_of_references_without_their_photos_and_writes_nothing() -> None:
    service = FakeService()
    await enrol(service, TEA, replace(MILK, attributes={"vat": 7}))
    rows, calls = dict(service.gallery.rows), len(service.embedder.batches)
    asked = [TEA, MILK, replace(TEA, name="Green tea"), replace(TEA, product_id=""), replace(TEA, store="north")]
    expected = await service.catalogue.preflight(
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
    assert service.gallery.rows == rows and len(service.embedder.batches) == calls


async def outcomes(service: FakeService, *references: Reference, names: dict | None = None) -> list[EnrolmentOutcome]:
    sent = [IndexedReference(index, one, compute_photo_id(one)) for index, one in enumerate(references)]
    results = await preflight(sent, service.gallery, 4, {} if names is None else names, Deadline.after(30))
    return [result.outcome for result in results]


async def test_a_reference_with_a_missing_rotation_would_be_enrolled() -> None:
    service = FakeService(rotations=4)
    await enrol(service, TEA)
    assert await outcomes(service, TEA) == [EnrolmentOutcome.UNCHANGED]
    del service.gallery.rows[row_id(compute_photo_id(TEA), 90)]
    assert await outcomes(service, TEA) == [EnrolmentOutcome.ENROLLED]


async def test_a_photo_that_comes_twice_is_compared_with_what_the_first_one_would_write() -> None:
    service = FakeService(rotations=4)
    await enrol(service, TEA)
    changed = replace(TEA, attributes={"vat": 19})
    assert await outcomes(service, changed, changed, TEA) == [
        EnrolmentOutcome.UPDATED,
        EnrolmentOutcome.UNCHANGED,
        EnrolmentOutcome.UPDATED,
    ]


async def test_names_of_the_gallery_are_added_to_the_names_of_the_call() -> None:
    service = FakeService(rotations=4)
    await enrol(service, TEA)
    names = {("p-milk", ""): "Milk"}
    assert await outcomes(service, TEA, replace(MILK, name="Cream"), names=names) == [
        EnrolmentOutcome.UNCHANGED,
        EnrolmentOutcome.REFUSED,
    ]
    assert names == {("p-milk", ""): "Milk", ("p-tea", ""): "Tea"}


async def test_without_a_valid_reference_the_gallery_is_not_called() -> None:
    service = FakeService(rotations=4)
    assert (
        await outcomes(service, replace(TEA, name=""), replace(TEA, product_id="a\nb"))
        == [EnrolmentOutcome.REFUSED] * 2
    )
    assert service.gallery.step.calls == 0
