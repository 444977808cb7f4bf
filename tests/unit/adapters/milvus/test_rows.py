"""Rows and hits of Milvus as values."""

from __future__ import annotations

from typing import Any

import pytest

from tillsight.adapters.milvus.rows import matches, product_details
from tillsight.domain.products import Product, ProductDetails, ProductReference
from tillsight.domain.recognition_results import Match


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
def test_attributes_that_were_edited_to_a_value_that_is_not_an_object_are_empty(attributes: object) -> None:
    assert matches([hit("tea", 0.9, attributes=attributes)])[0].attributes == {}


def test_no_hits_give_no_matches() -> None:
    assert matches([]) == []


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
