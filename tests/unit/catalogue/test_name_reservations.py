"""Two calls at the same time cannot give one product two names."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.fakes import FakeService
from support.references import MILK, TEA, enrol
from tillsight.catalogue.name_reservations import NameReservations
from tillsight.domain.errors import InvalidProduct, Unavailable


async def test_of_two_concurrent_calls_with_different_names_for_a_product_the_later_one_is_refused() -> None:
    service = FakeService(rotations=1)
    service.gallery.writing.hold = asyncio.Event()
    first = asyncio.create_task(enrol(service, TEA))
    await service.gallery.writing.reached.wait()
    again, other = replace(TEA, photo=MILK.photo), replace(TEA, photo=MILK.photo, name="Coffee")
    (refusal,) = (await enrol(service, other)).refused
    assert "'Tea' by another call, not as 'Coffee'" in refusal.reason
    second = asyncio.create_task(enrol(service, again))  # with the same name
    elsewhere = asyncio.create_task(enrol(service, replace(other, store="north")))
    service.gallery.writing.hold.set()
    assert [(await call).enrolled for call in (first, second, elsewhere)] == [1, 1, 1]


async def test_a_name_is_free_again_once_the_call_that_gave_it_has_failed() -> None:
    service = FakeService(rotations=1)
    service.gallery.writing.error = Unavailable("Milvus", "gone")
    with pytest.raises(Unavailable):
        await enrol(service, TEA)
    service.gallery.writing.error = None
    assert (await enrol(service, replace(TEA, name="Coffee"))).enrolled == 1


TEA_KEY, CHAI_KEY = ("p-tea", ""), ("p-tea", "north")


def test_several_calls_may_reserve_the_same_name_and_another_name_is_refused_until_all_have_released_it() -> None:
    reservations = NameReservations()
    for call in ("first", "second"):
        reservations.reserve(call, TEA_KEY, "Tea")
    for call in ("first", "second"):
        with pytest.raises(InvalidProduct, match=r"'p-tea'.*'Tea' by another call.*'Chai'"):
            reservations.reserve("third", TEA_KEY, "Chai")
        reservations.release(call)
    reservations.reserve("third", TEA_KEY, "Chai")


def test_a_call_that_alone_holds_a_name_may_name_the_product_differently() -> None:
    reservations = NameReservations()
    reservations.reserve("first", TEA_KEY, "Tea")
    reservations.reserve("first", TEA_KEY, "Chai")
    with pytest.raises(InvalidProduct, match="'Tea'"):
        reservations.reserve("second", TEA_KEY, "Chai")


def test_the_same_id_in_two_stores_is_two_products() -> None:
    reservations = NameReservations()
    reservations.reserve("first", TEA_KEY, "Tea")
    reservations.reserve("second", CHAI_KEY, "Chai")


steps = st.tuples(
    st.sampled_from(["first", "second", "third"]),
    st.sampled_from([TEA_KEY, CHAI_KEY]),
    st.sampled_from(["Tea", "Chai", None]),
)


@given(st.lists(steps, max_size=30))
def test_calls_at_the_same_time_never_hold_two_names_of_one_product(sequence: list[tuple]) -> None:
    reservations = NameReservations()
    held: dict[tuple[str, str], dict[str, str]] = {TEA_KEY: {}, CHAI_KEY: {}}
    for call, product, name in sequence:
        if name is None:  # the call ends
            reservations.release(call)
            for names in held.values():
                names.pop(call, None)
            continue
        others = {other for holder, other in held[product].items() if holder != call}
        try:
            reservations.reserve(call, product, name)
        except InvalidProduct:
            assert others and others != {name}
        else:
            assert others <= {name}
            held[product].setdefault(call, name)
    for call in ("first", "second", "third"):
        reservations.release(call)
    assert reservations == NameReservations()
