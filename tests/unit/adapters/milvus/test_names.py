"""Names of collections."""

from __future__ import annotations

import pytest

from tillsight.adapters.milvus.names import fingerprint_of, number_of


def test_the_name_of_a_gallery_version_has_its_fingerprint_and_number() -> None:
    assert fingerprint_of("gallery_0123456789abcdef_12") == "0123456789abcdef"
    assert number_of("gallery_0123456789abcdef_12", "gallery") == 12


@pytest.mark.parametrize("name", ["", "gallery", "other_aa_1", "gallery_aa", "gallery_aa_x", "my_gallery_aa_1"])
def test_another_collection_has_no_number(name: str) -> None:
    assert number_of(name, "gallery") == 0


def test_a_name_of_another_form_has_an_unknown_fingerprint() -> None:
    assert fingerprint_of("photos") == "unknown"
