"""The gallery in Milvus: one row for each reference photo and rotation.

A collection is a gallery version, its name carrying the embedder's fingerprint; an alias points at the live
one. Only calls that Milvus Lite, Milvus 2.3 and current Milvus all know are used.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient

from tillsight.adapters.milvus_client import SERVER, MilvusCalls
from tillsight.adapters.milvus_collection import MOST_ANSWERED, MilvusCollection, batches
from tillsight.adapters.milvus_rows import (
    any_of,
    attributes_of,
    by_product,
    create,
    details,
    gallery_row,
    listed,
    of_store,
    quoted,
    record,
    visible_to,
)
from tillsight.domain import Deadline, GalleryDescription, GalleryRow, Match, Product, ProductDetails, ProductKey
from tillsight.errors import FingerprintMismatch, TillsightError, Unavailable
from tillsight.reference import photo_of

SHOWN = ["product_id", "name", "store", "attributes"]
ALL_FIELDS = ["reference_id", *SHOWN, "active", "degrees", "vector"]
SAMPLE_ROWS, ROWS_EACH = 1000, 10
"""Rows looked at to find where a page of products ends, and how many a product has, to begin with."""
PRODUCTS_NAMED = 250
"""Products whose names are asked for at once: each may have 65 rows in one answer."""
FIRST_ROWS, MOST_ROWS = 64, 1024
"""Rows asked for by a search: one product has several near rows (rotations, photos), so more rows than products;
where too few products come back the search is repeated with more."""


class MilvusGallery:
    """The gallery of one embedder, behind one alias."""

    def __init__(self, calls: MilvusCalls, alias: str) -> None:
        self._calls = calls
        self._alias = alias
        self._collection: str | TillsightError = Unavailable(SERVER, "the gallery has not been opened yet")
        self._dimension = 0
        self._rows = MilvusCollection(calls, alias)

    @property
    def version(self) -> str:
        """The live collection; raises why there is none."""
        if isinstance(self._collection, TillsightError):
            raise self._collection
        return self._collection

    async def ping(self, deadline: Deadline) -> None:
        """Raises Unavailable where Milvus does not answer."""
        # The real server of the wheel calls itself v2.3.5-lite, Milvus Lite milvus_lite-3.2.2.
        self._rows.is_lite = (await self._calls.ping(deadline)).startswith("milvus_lite")

    async def open(self, fingerprint: str, dimension: int, deadline: Deadline) -> None:
        """Find the live gallery, or make an empty one where there is none.

        Raises FingerprintMismatch where it was built by another embedder; Unavailable, DeadlineExceeded.
        """
        found = await self._calls.call(self._live_collection, deadline)
        if found is None:
            found = f"{self._alias}_{fingerprint}_1"
            await self._calls.call(lambda client, t: create(client, self._alias, found, dimension, t), deadline, 30.0)
        built_by = found.rsplit("_", 2)[-2] if found.count("_") >= 2 else "unknown"
        if built_by != fingerprint:
            self._collection = FingerprintMismatch(found, built_by, fingerprint)
            raise self._collection
        await self._calls.call(lambda client, t: client.load_collection(self._alias, timeout=t), deadline, 30.0)
        self._collection, self._dimension = found, dimension

    async def search(
        self, vectors: NDArray[np.float32], store: str, count: int, deadline: Deadline
    ) -> list[list[Match]]:
        """See `recognizer.Gallery.search`: one search for all vectors, grouped by product here."""
        matches: list[list[Match]] = [[] for _ in vectors]
        wanting = list(range(len(vectors)))
        rows = FIRST_ROWS
        while wanting:
            hits = await self._rows.search(vectors[wanting], visible_to(store), rows, SHOWN, deadline)
            for position, near in zip(wanting, hits, strict=True):
                matches[position] = by_product(near)[:count]
            full = [len(near) >= rows for near in hits]
            wanting = [p for p, more in zip(wanting, full, strict=True) if more and len(matches[p]) < count]
            if rows >= MOST_ROWS:
                break
            rows *= 4
        return matches

    async def held(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """Those of these rows the gallery holds, with their attributes."""
        found: dict[str, Mapping[str, object]] = {}
        for some in batches(reference_ids):
            rows = await self._rows.query(any_of("reference_id", some), ["reference_id", "attributes"], deadline)
            found.update((row["reference_id"], attributes_of(row)) for row in rows)
        return found

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products the gallery holds, by (product id, store)."""
        found: dict[ProductKey, str] = {}
        fields = ["product_id", "store", "name"]
        for some in batches(product_ids, PRODUCTS_NAMED):
            rows = await self._rows.query(any_of("product_id", some), fields, deadline, limit=MOST_ANSWERED)
            found.update(((row["product_id"], row["store"]), row["name"]) for row in rows)
        return found

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """Write rows; one whose reference_id is there is replaced."""
        await self._rows.upsert([record(row) for row in rows], deadline)

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """Replace the attributes of rows, by reference_id, and nothing else of them."""
        # Milvus 2.3 writes whole rows only; "*" brings fields that others added, "vector" is not in it there.
        rows = await self._rows.query(any_of("reference_id", attributes), ["*", "vector"], deadline)
        await self._rows.upsert(
            [{**row, "attributes": dict(attributes[row["reference_id"]])} for row in rows], deadline
        )

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        """All rows of a store's own products: product ids by reference_id."""
        found: dict[str, str] = {}
        for some in batches(product_ids):
            condition = f"store == {quoted(store)} and {any_of('product_id', some)}"
            for row in await self._rows.every(condition, ["reference_id", "product_id"], deadline):
                found[row["reference_id"]] = row["product_id"]
        return found

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        """Delete rows. Acknowledged means that no search returns them."""
        await self._rows.delete(reference_ids, deadline)

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails | None:
        """A product and its references, or None where it has no row."""
        condition = f"product_id == {quoted(key[0])} and store == {quoted(key[1])}"
        rows = await self._rows.query(condition, ["reference_id", *SHOWN, "active"], deadline)
        return details(rows) if rows else None

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """The first `count` products a store may see, active or not, after one of them, by id and store."""
        found: list[Product] = []
        rest = f"{of_store(store)} and product_id >= {quoted(after[0])}"
        rows_each = float(ROWS_EACH)
        while len(found) < count:
            last = await self._end_of_range(rest, math.ceil((count - len(found)) * rows_each), deadline)
            within = rest if last is None else f"{rest} and product_id <= {quoted(last)}"
            rows = await self._rows.every(within, ["reference_id", *SHOWN, "active"], deadline)
            products = listed(rows)
            found += [product for product in products if (product.product_id, product.store) > after]
            if last is None:
                break
            rest = f"{of_store(store)} and product_id > {quoted(last)}"
            rows_each = max(len(rows), 1) / max(len(products), 1)
        return found[:count]

    async def _end_of_range(self, condition: str, rows: int, deadline: Deadline) -> str | None:
        """The product id that about so many of the rows that meet a condition reach to; None: all of them.

        Milvus cannot sort by it. But primary keys are digests and a limited query answers the lowest of them, so its
        answer is a fair sample of the rows. (Milvus Lite answers the rows written first: a guess no worse than none.)
        """
        sample = await self._rows.query(condition, ["product_id"], deadline, limit=SAMPLE_ROWS)
        if len(sample) < SAMPLE_ROWS:
            return None
        total = await self._rows.count(condition, deadline)
        place = math.ceil(len(sample) * rows / max(total, 1))
        return sorted(row["product_id"] for row in sample)[place - 1] if place < len(sample) else None

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions of the live gallery."""
        rows = await self._rows.count("", deadline)
        fields = ["reference_id", "product_id", "store"]
        told = await self._rows.every("degrees == 0", fields, deadline)
        sample = await self._rows.query("", ["degrees"], deadline, limit=SAMPLE_ROWS)
        if rows != len(told) * len({row["degrees"] for row in sample}):
            # Some photos lack a rotation, perhaps this one: someone deleted rows in Milvus's console.
            told = await self._rows.every("", fields, deadline)
        products = len({(row["product_id"], row["store"]) for row in told})
        references = len({photo_of(row["reference_id"]) for row in told})
        fingerprint = self.version.rsplit("_", 2)[-2]
        return GalleryDescription(self.version, fingerprint, self._dimension, products, references, rows)

    async def pages(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        """All rows, a page at a time."""
        async with aclosing(self._rows.pages("", ALL_FIELDS, deadline)) as pages:
            async for page in pages:
                yield [gallery_row(row) for row in page]

    def _live_collection(self, client: MilvusClient, timeout: float) -> str | None:
        if not client.has_collection(self._alias, timeout=timeout):
            return None
        return str(client.describe_collection(self._alias, timeout=timeout)["collection_name"])
