"""Products from a collection of rows, in pages by id; Milvus itself cannot sort by a scalar field."""

from __future__ import annotations

import math

from tillsight.adapters.milvus.collection import MilvusCollection
from tillsight.adapters.milvus.filters import of_store, quoted
from tillsight.adapters.milvus.names import DISPLAY_FIELDS
from tillsight.adapters.milvus.rows import products_from_rows
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import ProductKey
from tillsight.domain.products import Product

SAMPLE_ROWS = 1000
"""Rows that are sampled to find where a page of products ends."""
EXPECTED_ROWS_PER_PRODUCT = 10
"""The first guess; after each range the measured number replaces it."""


async def product_page(
    rows: MilvusCollection, store: str, after: ProductKey, count: int, deadline: Deadline
) -> list[Product]:
    """The first `count` products that a store may see, active or not, after one of them, by id and store.

    Raises Unavailable, DeadlineExceeded.
    """
    found: list[Product] = []
    remaining = f"{of_store(store)} and product_id >= {quoted(after[0])}"
    rows_per_product = float(EXPECTED_ROWS_PER_PRODUCT)
    while len(found) < count:
        last = await _end_of_range(rows, remaining, math.ceil((count - len(found)) * rows_per_product), deadline)
        within = remaining if last is None else f"{remaining} and product_id <= {quoted(last)}"
        page = await rows.every(within, ["reference_id", *DISPLAY_FIELDS, "active"], deadline)
        products = products_from_rows(page)
        found += [product for product in products if (product.product_id, product.store) > after]
        if last is None:
            break
        remaining = f"{of_store(store)} and product_id > {quoted(last)}"
        rows_per_product = max(len(page), 1) / max(len(products), 1)
    return found[:count]


async def _end_of_range(rows: MilvusCollection, condition: str, wanted: int, deadline: Deadline) -> str | None:
    """The product id up to which about `wanted` of the rows that meet a condition lie; None: all of them.

    Primary keys are digests, and a limited query answers the rows with the lowest keys, so its answer is a fair sample
    of the product ids. (Milvus Lite answers the rows that were written first: only the size of the pages suffers.)
    """
    sample = await rows.query(condition, ["product_id"], deadline, limit=SAMPLE_ROWS)
    if len(sample) < SAMPLE_ROWS:
        return None
    total = await rows.count(condition, deadline)
    rank = math.ceil(len(sample) * wanted / max(total, 1))
    return sorted(row["product_id"] for row in sample)[rank - 1] if rank < len(sample) else None
