"""What makes a reference and a product valid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.catalogue.validation import validate_name, validate_product, validate_reference, validate_text
from tillsight.domain.errors import InvalidProduct
from tillsight.domain.limits import MAX_ATTRIBUTES_BYTES, MAX_ID_LENGTH, MAX_NAME_LENGTH
from tillsight.domain.products import Reference

plain = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]))
control = st.sampled_from([*map(chr, range(32)), "\x7f"])


def is_valid(what: str, text: str, limit: int) -> bool:
    try:
        validate_text(what, text, limit)
    except InvalidProduct as error:
        assert what in str(error)
        return False
    return True


@given(plain, st.integers(0, 60))
def test_a_text_without_control_characters_is_valid_up_to_its_limit_in_bytes(text: str, limit: int) -> None:
    assert is_valid("name", text, limit) is (len(text.encode()) <= limit)


@given(plain, control, plain)
def test_a_text_with_a_control_character_is_invalid_wherever_it_is(before: str, character: str, after: str) -> None:
    assert not is_valid("name", before + character + after, 10_000)


@pytest.mark.parametrize(
    ("what", "limit"), [("id", MAX_ID_LENGTH), ("name", MAX_NAME_LENGTH), ("store", MAX_ID_LENGTH)]
)
def test_each_text_of_a_product_has_its_own_limit(what: str, limit: int) -> None:
    def validate(length: int) -> None:
        fields = {"id": "p", "name": "n", "store": "", what: "x" * length}
        validate_product(fields["id"], fields["name"], fields["store"], {})

    validate(limit)
    with pytest.raises(InvalidProduct, match=f"{what} .* {limit + 1} bytes.* {limit}"):
        validate(limit + 1)


@given(st.text(st.sampled_from(" \t\n\u3000")))
def test_an_id_and_a_name_of_white_space_alone_are_empty(blank: str) -> None:
    with pytest.raises(InvalidProduct, match="id is empty"):
        validate_product(blank, "Tea", "", {})
    with pytest.raises(InvalidProduct, match="no name"):
        validate_product("p-tea", blank, "", {})


def test_attributes_are_valid_up_to_their_limit_as_json() -> None:
    overhead = len('{"note": ""}')
    validate_product("p", "Tea", "", {"note": "x" * (MAX_ATTRIBUTES_BYTES - overhead)})
    with pytest.raises(InvalidProduct, match=f"{MAX_ATTRIBUTES_BYTES + 1} bytes"):
        validate_product("p", "Tea", "", {"note": "x" * (MAX_ATTRIBUTES_BYTES - overhead + 1)})


def test_the_photo_of_a_reference_is_not_looked_at() -> None:
    validate_reference(Reference("p", "Tea", b"no photo"))


def test_a_product_keeps_the_name_that_is_known_and_a_store_may_use_another() -> None:
    names = {("p", ""): "Tea"}
    validate_name(Reference("p", "Tea", b""), names)
    validate_name(Reference("p", "Chai", b"", "north"), names)
    validate_name(Reference("q", "Chai", b""), names)
    with pytest.raises(InvalidProduct, match=r"'p'.*'Tea'.*'Chai'"):
        validate_name(Reference("p", "Chai", b""), names)
