"""The photo files that the rows of a manifest name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.pictures import encode, textured
from tillsight.client.manifest import ManifestRow
from tillsight.client.manifest_photos import photo_fault, photo_id_of, read_photo
from tillsight.domain.errors import InvalidPhoto, InvalidProduct
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.imaging.decoding import PhotoLimits

LIMITS = PhotoLimits()
PHOTO = encode(textured())


@pytest.fixture
def row(tmp_path: Path) -> ManifestRow:
    (tmp_path / "tea.png").write_bytes(PHOTO)
    return ManifestRow(2, "p-tea", "Tea", tmp_path / "tea.png", "north", {"vat": 7})


def test_a_photo_is_read_as_it_is(row: ManifestRow) -> None:
    assert read_photo(row, LIMITS) == PHOTO


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_photo_that_cannot_be_read_is_named(row: ManifestRow, name: str) -> None:
    with pytest.raises(InvalidPhoto) as caught:
        read_photo(replace(row, image=row.image.parent / name), LIMITS)
    assert str(caught.value).startswith(str(row.image.parent / name))


def test_a_photo_over_the_limit_is_not_read(row: ManifestRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("the photo was read"))
    with pytest.raises(InvalidPhoto, match=f"{len(PHOTO)} bytes.*{len(PHOTO) - 1}"):
        read_photo(row, PhotoLimits(max_bytes=len(PHOTO) - 1))


def test_the_photo_id_of_a_row_is_that_of_its_reference(row: ManifestRow) -> None:
    assert photo_id_of(row, LIMITS) == compute_photo_id(Reference("p-tea", "Another name", PHOTO, "north"))


def test_a_row_without_a_photo_id_has_the_reason(row: ManifestRow) -> None:
    fault = photo_id_of(replace(row, fault="the attributes are not valid JSON"), LIMITS)
    assert isinstance(fault, InvalidProduct) and str(fault) == "the attributes are not valid JSON"
    missing = photo_id_of(replace(row, image=row.image.with_name("missing.png")), LIMITS)
    assert isinstance(missing, InvalidPhoto)


@pytest.mark.parametrize(
    ("photo", "fault"),
    [
        pytest.param(PHOTO, "", id="valid"),
        pytest.param(PHOTO[:100], "damaged", id="cut"),
        pytest.param(b"GIF89a", "not a JPEG", id="GIF"),
        pytest.param(encode(np.zeros((64, 64, 4), np.uint8)), "transparent", id="transparent"),
    ],
)
def test_a_photo_has_the_fault_that_would_prevent_its_enrolment(row: ManifestRow, photo: bytes, fault: str) -> None:
    row.image.write_bytes(photo)
    found = photo_fault(row, LIMITS)
    assert fault in found and bool(found) == bool(fault)
