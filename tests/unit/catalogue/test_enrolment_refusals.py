"""What enrolment refuses: reference by reference, with the position in the stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeService
from support.pictures import BLUE, GREEN, counter, encode
from support.references import MILK, TEA, enrol, numbered
from tillsight.catalogue.enrolment import GROUP_SIZE
from tillsight.domain.geometry import Box
from tillsight.domain.limits import MAX_ATTRIBUTES_BYTES
from tillsight.domain.products import Enrolment, Reference, Refusal
from tillsight.imaging.decoding import PhotoLimits

OTHER_PHOTO = encode(counter(((40, 20, 40, 40), GREEN)))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param({"product_id": ""}, "product id is empty", id="no id"),
        pytest.param({"product_id": " \t"}, "product id is empty", id="blank id"),
        pytest.param({"name": ""}, "has no name", id="no name"),
        pytest.param({"product_id": "a\nb"}, "control characters", id="line end in the id"),
        pytest.param({"name": "Tea\x00"}, "control characters", id="zero in the name"),
        pytest.param({"name": "Tea\x7f"}, "control characters", id="delete in the name"),
        pytest.param({"store": "north\r"}, "control characters", id="return in the store"),
        pytest.param({"product_id": "p" * 201}, "201 bytes", id="id too long"),
        pytest.param({"product_id": "茶" * 67}, "201 bytes", id="id too long in bytes"),
        pytest.param({"name": "n" * 401}, "401 bytes", id="name too long"),
        pytest.param({"store": "s" * 201}, "201 bytes", id="store too long"),
        pytest.param({"attributes": {"note": "x" * MAX_ATTRIBUTES_BYTES}}, "attributes", id="attributes too large"),
        pytest.param({"photo": b""}, "empty", id="no photo"),
        pytest.param({"photo": TEA.photo[:100]}, "damaged", id="cut photo"),
        pytest.param({"photo": b"GIF89a"}, "not a JPEG", id="GIF"),
        pytest.param({"region": Box(100, 0, 50, 50)}, "exceeds the photo", id="region outside"),
        pytest.param({"photo": encode(np.zeros((64, 64, 4), np.uint8))}, "transparent", id="nothing opaque"),
    ],
)
async def test_only_the_invalid_reference_is_refused(fault: dict, reason: str) -> None:
    service = FakeService()
    faulty = replace(TEA, **fault)
    enrolment = await enrol(service, MILK, faulty, replace(TEA, product_id="p-other"))
    assert (enrolment.enrolled, enrolment.unchanged) == (2, 0)
    (refusal,) = enrolment.refused
    assert refusal.index == 1 and reason in refusal.reason
    assert {row.product_id for row in service.gallery.rows.values()} == {"p-milk", "p-other"}
    assert len(service.photos.kept) == 2


async def test_a_photo_over_the_limits_is_refused() -> None:
    service = FakeService(limits=PhotoLimits(max_pixels=120 * 80))
    large = replace(TEA, product_id="large", photo=encode(counter(width=121)))
    enrolment = await enrol(service, large, TEA)
    assert enrolment.enrolled == 1 and "121 x 80" in enrolment.refused[0].reason


async def test_invalid_references_are_not_looked_up_in_the_gallery() -> None:
    service = FakeService()
    asked: list[str] = []
    names = service.gallery.names

    async def watched(product_ids, deadline):  # type: ignore[no-untyped-def]
        asked.extend(product_ids)
        return await names(product_ids, deadline)

    service.gallery.names = watched  # type: ignore[method-assign]
    await enrol(service, replace(TEA, product_id="a\nb"), replace(TEA, product_id="p" * 500), TEA)
    assert asked == ["p-tea"]


@pytest.mark.parametrize("together", [True, False], ids=["in one call", "in two calls"])
async def test_another_name_for_a_product_is_refused_with_both_names(together: bool) -> None:
    service = FakeService()
    other = Reference("p-tea", "Green tea", OTHER_PHOTO)
    if together:
        (refusal,) = (await enrol(service, TEA, other)).refused
        assert refusal.index == 1
    else:
        await enrol(service, TEA)
        (refusal,) = (await enrol(service, other)).refused
    assert "'Tea'" in refusal.reason and "'Green tea'" in refusal.reason
    assert {row.name for row in service.gallery.rows.values()} == {"Tea"}


async def test_stores_may_use_an_id_for_different_products() -> None:
    service = FakeService()
    shared, own = TEA, Reference("p-tea", "Chai", OTHER_PHOTO, store="north")
    assert await enrol(service, shared, own) == Enrolment(2, 0, ())


async def test_the_name_of_a_refused_reference_is_not_used() -> None:
    service = FakeService()
    enrolment = await enrol(service, Reference("p-tea", "Typo", b""), TEA)
    assert enrolment.enrolled == 1 and [refusal.index for refusal in enrolment.refused] == [0]
    assert {row.name for row in service.gallery.rows.values()} == {"Tea"}


async def test_a_refused_reference_sent_twice_is_refused_twice() -> None:
    faulty = replace(TEA, photo=TEA.photo[:100])
    enrolment = await enrol(FakeService(), faulty, faulty)
    assert (enrolment.enrolled, enrolment.unchanged) == (0, 0)
    assert [refusal.index for refusal in enrolment.refused] == [0, 1]


async def test_refusals_carry_positions_of_the_whole_stream_in_order() -> None:
    service = FakeService(rotations=1)
    stream = numbered(2 * GROUP_SIZE + 4)
    faults = {1: b"", 3: TEA.photo[:60], GROUP_SIZE + 2: b"text", 2 * GROUP_SIZE + 3: b""}
    for position, photo in faults.items():
        stream[position] = replace(stream[position], photo=photo)
    stream[2] = replace(stream[2], name="")
    enrolment = await enrol(service, *stream)
    assert [refusal.index for refusal in enrolment.refused] == sorted([2, *faults])
    assert all(refusal.product_id == f"p{refusal.index:03}" for refusal in enrolment.refused)
    assert enrolment.enrolled == len(stream) - 5


async def test_a_group_of_invalid_references_calls_no_network() -> None:
    service = FakeService()
    enrolment = await enrol(service, Reference("", "Tea", TEA.photo), Reference("p", "Tea", b""))
    assert enrolment == Enrolment(0, 0, tuple(enrolment.refused)) and len(enrolment.refused) == 2
    assert isinstance(enrolment.refused[0], Refusal)
    assert service.embedder.step.calls == 0 and service.gallery.writing.calls == 0


async def test_an_empty_stream_makes_no_call() -> None:
    service = FakeService()
    assert await enrol(service) == Enrolment(0, 0, ())
    assert service.gallery.step.calls == 0


async def test_two_objects_of_equal_size_are_enrolled_as_the_whole_photo() -> None:
    service = FakeService(rotations=1)
    pair = encode(counter(((10, 20, 40, 40), BLUE), ((65, 20, 40, 40), BLUE)))
    assert (await enrol(service, replace(TEA, photo=pair))).enrolled == 1
