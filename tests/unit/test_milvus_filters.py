"""Milvus's filter language and search hits, without a Milvus."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.adapters.milvus.collection import KEYS_PER_FILTER, batches
from tillsight.adapters.milvus.filters import quoted, visible_to
from tillsight.adapters.milvus.rows import matches, product_details
from tillsight.domain.products import Product, ProductDetails, ProductReference
from tillsight.domain.recognition_results import Match

HOSTILE = [
    "",
    "plain",
    'a"b',
    "a\\",
    "\\",
    '\\"',
    '" or product_id != "',
    "'] or active == false or store in ['",
    "a\nb",
    "a\r\nb",
    "tab\there",
    "naïve 茶 🍵",
    "%_{}$[]",
]


def literal(source: str) -> tuple[str, str]:
    """Read a string literal of Milvus's grammar (Plan.g4): its text, and what follows it."""
    assert source[0] == '"'
    text, place = "", 1
    while source[place] != '"':
        assert source[place] not in "\r\n", "a literal may not hold a line end"
        if source[place] == "\\":
            place += 1
            text += {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}[source[place]]
        else:
            text += source[place]
        place += 1
    return text, source[place + 1 :]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quoted_text_reads_back_as_itself(text: str) -> None:
    assert literal(quoted(text)) == (text, "")


@given(st.text())
def test_any_text_is_one_literal(text: str) -> None:
    assert literal(quoted(text)) == (text, "")


@pytest.mark.parametrize("store", HOSTILE[1:])
def test_a_store_sees_shared_products_and_its_own_whatever_its_name(store: str) -> None:
    begin = 'active == true and store in ["", '
    condition = visible_to(store)
    assert condition.startswith(begin)
    assert literal(condition.removeprefix(begin)) == (store, "]")


def test_without_a_store_only_shared_products_are_seen() -> None:
    assert visible_to("") == 'active == true and store in [""]'


def hit(product: str, score: float, key: str = "id", row: str = "r", **fields: Any) -> dict[str, Any]:
    entity = {"product_id": product, "name": product.title(), "store": "", **fields}
    return {key: row, "distance": score, "entity": entity}


@pytest.mark.parametrize("key", ["id", "reference_id"], ids=["Milvus 2.3", "Milvus Lite"])
def test_hits_become_matches(key: str) -> None:
    hits = [hit("tea", 0.9, key, "t-090", attributes={"grams": 250}), hit("tea", 0.8, key, "t-000", store="north")]
    assert matches(hits) == [
        Match("tea", "Tea", 0.9, "t-090", "", {"grams": 250}),
        Match("tea", "Tea", 0.8, "t-000", "north"),
    ]


@pytest.mark.parametrize("attributes", [None, {}, [], "text", 5, [1, 2]])
def test_attributes_edited_into_something_else_than_an_object_are_none(attributes: object) -> None:
    assert matches([hit("tea", 0.9, attributes=attributes)])[0].attributes == {}


def test_no_hits_are_no_products() -> None:
    assert matches([]) == []


@pytest.mark.parametrize("count", [0, 1, KEYS_PER_FILTER, KEYS_PER_FILTER + 1, 3 * KEYS_PER_FILTER])
def test_keys_go_into_filters_in_lots_that_lose_none(count: int) -> None:
    keys = [f"r{number}" for number in range(count)]
    lots = list(batches(keys))
    assert [key for lot in lots for key in lot] == keys
    assert all(0 < len(lot) <= KEYS_PER_FILTER for lot in lots)


def row(reference_id: str, active: bool = True, **attributes: Any) -> dict[str, Any]:
    product = {"product_id": "tea", "name": "Tea", "store": "", "active": active}
    return {"reference_id": reference_id, **product, "attributes": attributes}


def test_rows_become_a_product_with_a_reference_for_each_photo() -> None:
    rows = [row("b-045", active=False), row("a-000", side="front"), row("b-000", active=False), row("made by hand")]
    assert product_details(rows) == ProductDetails(
        Product("tea", "Tea", "", True, 3, {"side": "front"}),
        (
            ProductReference("a", 1, True, {"side": "front"}),
            ProductReference("b", 2, False),
            ProductReference("made by hand", 1, True),
        ),
    )


def test_a_product_without_an_active_row_is_not_active() -> None:
    assert not product_details([row("a-000", active=False), row("b-000", active=False)]).product.active
