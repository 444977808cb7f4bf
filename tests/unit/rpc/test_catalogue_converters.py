"""Catalogue messages to values and back."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from tillsight.domain.errors import InvalidInput
from tillsight.domain.geometry import Box
from tillsight.domain.products import Enrolment, GalleryDescription, Product, Refusal
from tillsight.recognition.calibration import Calibration
from tillsight.rpc.catalogue_converters import enrolment_to, page_token_from, page_token_to, product_to, reference_from
from tillsight.rpc.gallery_converters import description_to
from tillsight.v1 import catalogue_pb2, recognition_pb2


def test_a_reference_comes_with_what_was_sent_and_nothing_else() -> None:
    message = catalogue_pb2.EnrolProductsRequest(product_id="p1", name="Tea", photo=b"bytes", store="north")
    bare = reference_from(message)
    assert (bare.product_id, bare.name, bare.photo, bare.store) == ("p1", "Tea", b"bytes", "north")
    assert bare.attributes == {} and bare.region is None
    message.region.CopyFrom(recognition_pb2.Box(x=1, y=2, width=3, height=4))
    message.attributes.update({"grams": 250, "of": {"a": [1]}})
    full = reference_from(message)
    assert full.region == Box(1, 2, 3, 4) and full.attributes == {"grams": 250, "of": {"a": [1]}}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_attributes_with_numbers_that_json_lacks_are_invalid_input(number: float) -> None:
    message = catalogue_pb2.EnrolProductsRequest(product_id="p1", name="Tea")
    message.attributes["grams"] = number
    with pytest.raises(InvalidInput, match="p1"):
        reference_from(message)


def test_an_enrolment_and_a_description_keep_all_fields() -> None:
    enrolment = enrolment_to(Enrolment(3, 2, (Refusal(4, "p9", "why"),)))
    assert (enrolment.enrolled, enrolment.unchanged) == (3, 2)
    assert [(one.index, one.product_id, one.reason) for one in enrolment.refused] == [(4, "p9", "why")]
    description = description_to(
        GalleryDescription("g", "f", 512, 25_000, 30_000, 240_000), Calibration(known_from=0.75)
    )
    assert (description.gallery, description.embedder_fingerprint, description.dimension) == ("g", "f", 512)
    assert (description.products, description.references, description.rows) == (25_000, 30_000, 240_000)
    assert description.calibration.known_from == 0.75


def test_a_product_keeps_its_fields() -> None:
    message = product_to(Product("p1", "Tea", "north", False, 3, {"grams": 250}))
    assert (message.product_id, message.name, message.store, message.active) == ("p1", "Tea", "north", False)
    assert message.references == 3 and json_format.MessageToDict(message.attributes) == {"grams": 250}


@given(st.text(), st.text())
def test_a_page_token_leads_back_to_its_product(product_id: str, store: str) -> None:
    token = page_token_to(Product(product_id, "n", store, True, 1))
    assert page_token_from(token) == (product_id, store)


def test_no_token_is_the_first_page() -> None:
    assert page_token_from("") == ("", "")


FOREIGN = ["x", "5", "null", '"ab"', "[]", '["a"]', '["a", 1]', '["a", "b", "c"]', '{"a": 1, "b": 2}', "[" * 100_000]


@pytest.mark.parametrize("token", [*FOREIGN, '["\\ud800", ""]'], ids=lambda token: token[:20].encode("unicode_escape"))
def test_a_token_that_is_not_from_a_page_is_invalid_input(token: str) -> None:
    with pytest.raises(InvalidInput, match="next_page_token"):
        page_token_from(token)


@given(st.one_of(st.text(), st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps)))
def test_any_token_gives_two_texts_or_invalid_input(token: str) -> None:
    try:
        product_id, store = page_token_from(token)
    except InvalidInput:
        return
    assert isinstance(product_id, str) and isinstance(store, str)
    (product_id + store).encode()
