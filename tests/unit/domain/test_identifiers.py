"""Photo ids and row ids."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from support.references import MILK, TEA
from tillsight.domain.geometry import Box
from tillsight.domain.identifiers import PHOTO_ID, compute_photo_id, photo_id_of_row, rotation_angles, row_id, row_ids
from tillsight.domain.limits import MAX_ROTATIONS, MAX_ROW_ID_LENGTH
from tillsight.domain.products import Reference

photo_ids = st.text("0123456789abcdef", min_size=32, max_size=32)
rotations = st.integers(1, MAX_ROTATIONS)
references = st.builds(Reference, st.text(), st.text(), st.binary(), st.text())


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


@given(references)
def test_any_reference_has_a_photo_id_of_its_form_and_always_the_same(reference: Reference) -> None:
    photo_id = compute_photo_id(reference)
    assert PHOTO_ID.fullmatch(photo_id)
    assert compute_photo_id(replace(reference)) == photo_id


@given(photo_ids, st.integers(0, 359))
def test_a_row_id_leads_back_to_its_photo_and_fits_the_primary_key(photo_id: str, degrees: int) -> None:
    row = row_id(photo_id, degrees)
    assert photo_id_of_row(row) == photo_id
    assert len(row) <= MAX_ROW_ID_LENGTH


@given(st.text().filter(lambda text: "-" not in text))
def test_a_key_that_was_made_by_hand_is_its_own_photo(key: str) -> None:
    assert photo_id_of_row(key) == key


@given(photo_ids, rotations)
def test_every_rotation_of_a_reference_has_a_row_id_of_its_own(photo_id: str, count: int) -> None:
    rows = row_ids(photo_id, count)
    assert len(set(rows)) == count
    assert {photo_id_of_row(row) for row in rows} == {photo_id}


@given(rotations)
def test_rotations_are_spread_evenly_from_upright(count: int) -> None:
    angles = rotation_angles(count)
    assert angles[0] == 0 and len(angles) == count
    steps = [following - angle for angle, following in zip(angles, [*angles[1:], 360], strict=True)]
    assert max(steps) - min(steps) <= 1
