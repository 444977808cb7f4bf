"""Milvus's filter language and search hits, without a Milvus."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.adapters.milvus_rows import by_product, quoted, visible_to
from tillsight.domain import Match

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
def test_hits_become_products_each_with_its_best_row(key: str) -> None:
    hits = [
        hit("tea", 0.9, key, "t-090", attributes={"grams": 250}),
        hit("tea", 0.8, key, "t-000"),
        hit("milk", 0.7, key, "m-000"),
        hit("tea", 0.6, key, "t-180"),
    ]
    assert by_product(hits) == [
        Match("tea", "Tea", 0.9, "t-090", "", {"grams": 250}),
        Match("milk", "Milk", 0.7, "m-000"),
    ]


def test_the_same_id_in_two_stores_is_two_products() -> None:
    matches = by_product([hit("tea", 0.9, store="north"), hit("tea", 0.8)])
    assert [(match.store, match.score) for match in matches] == [("north", 0.9), ("", 0.8)]


@pytest.mark.parametrize("attributes", [None, {}, [], "text", 5, [1, 2]])
def test_attributes_edited_into_something_else_than_an_object_are_none(attributes: object) -> None:
    assert by_product([hit("tea", 0.9, attributes=attributes)])[0].attributes == {}


def test_no_hits_are_no_products() -> None:
    assert by_product([]) == []
