"""The gallery in Milvus: one row for each reference photo and rotation.

A collection is a gallery version, its name carrying the embedder's fingerprint. Only calls that Milvus Lite, Milvus 2.3
and current Milvus all know are used.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import numpy as np
import structlog
from numpy.typing import NDArray

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.collection import MAX_QUERY_ROWS, MilvusCollection, batches
from tillsight.adapters.milvus.filters import any_of, any_row_of, of_store, quoted, visible_to
from tillsight.adapters.milvus.rows import (
    Row,
    gallery_row,
    matches,
    metadata_record,
    product_details,
    products_from_rows,
    record,
    row_attributes,
    row_metadata,
)
from tillsight.domain.arrays import Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput
from tillsight.domain.identifiers import ProductKey, photo_id_of_row
from tillsight.domain.products import GalleryDescription, GalleryRow, Product, ProductDetails
from tillsight.domain.recognition_results import Match
from tillsight.gallery.diff import GalleryContents, RowMetadata
from tillsight.recognition.calibration import Calibration

log = structlog.get_logger()

DISPLAY_FIELDS = ["product_id", "name", "store", "attributes"]
ALL_FIELDS = ["reference_id", *DISPLAY_FIELDS, "active", "degrees", "vector"]
SAMPLE_ROWS, ROWS_EACH = 1000, 10
"""Rows looked at to find where a page of products ends, and how many a product has, to begin with."""
PRODUCTS_NAMED = 250
"""Products whose names are asked for at once: each may have 65 rows in one answer."""
CALIBRATION = "tillsight.calibration"
"""The collection's property that says how its similarities are judged, as JSON."""
METADATA_FIELDS = [*DISPLAY_FIELDS[:3], "reference_id", "active", "degrees", "$meta"]
"""All but the vector; `$meta` are the attributes and the fields that others added."""


def _all_metadata(rows: Sequence[Row]) -> list[RowMetadata]:
    return [row_metadata(row) for row in rows]


def fingerprint_in(name: str) -> str:
    """The embedder's fingerprint in a collection's name, <alias>_<fingerprint>_<number>."""
    return name.rsplit("_", 2)[-2] if name.count("_") >= 2 else "unknown"


class MilvusGallery:
    """One gallery version: a collection of vectors of one embedder."""

    def __init__(self, calls: MilvusCalls, name: str, dimension: int, calibration: str | None) -> None:
        """`calibration` is the collection's property of that name."""
        self.version = name
        self._calls = calls
        self._dimension = dimension
        self._calibration = _calibration(name, calibration)
        self._rows = MilvusCollection(calls, name)

    @property
    def calibration(self) -> Calibration | None:
        """The collection's own, as it was when the gallery was opened or set here since."""
        return self._calibration

    async def search_rows(self, vectors: Vectors, store: str, limit: int, deadline: Deadline) -> list[list[Match]]:
        """See `SearchableGallery.search_rows`: one search for all vectors."""
        hits = await self._rows.search(vectors, visible_to(store), limit, DISPLAY_FIELDS, deadline)
        return [matches(rows) for rows in hits]

    async def vectors(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, NDArray[np.float32]]:
        """See `SearchableGallery.vectors`."""
        found: dict[str, NDArray[np.float32]] = {}
        for some in batches(reference_ids):
            rows = await self._rows.query(any_of("reference_id", some), ["reference_id", "vector"], deadline)
            found.update((row["reference_id"], np.asarray(row["vector"], np.float32)) for row in rows)
        return found

    async def attributes_of(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """Those of these rows the gallery holds, with their attributes."""
        found: dict[str, Mapping[str, object]] = {}
        for some in batches(reference_ids):
            rows = await self._rows.query(any_of("reference_id", some), ["reference_id", "attributes"], deadline)
            found.update((row["reference_id"], row_attributes(row)) for row in rows)
        return found

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products the gallery holds, by (product id, store)."""
        found: dict[ProductKey, str] = {}
        fields = ["product_id", "store", "name"]
        for some in batches(product_ids, PRODUCTS_NAMED):
            rows = await self._rows.query(any_of("product_id", some), fields, deadline, limit=MAX_QUERY_ROWS)
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
        rows = await self._rows.query(condition, ["reference_id", *DISPLAY_FIELDS, "active"], deadline)
        return product_details(rows) if rows else None

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """The first `count` products a store may see, active or not, after one of them, by id and store."""
        found: list[Product] = []
        rest = f"{of_store(store)} and product_id >= {quoted(after[0])}"
        rows_each = float(ROWS_EACH)
        while len(found) < count:
            last = await self._end_of_range(rest, math.ceil((count - len(found)) * rows_each), deadline)
            within = rest if last is None else f"{rest} and product_id <= {quoted(last)}"
            rows = await self._rows.every(within, ["reference_id", *DISPLAY_FIELDS, "active"], deadline)
            products = products_from_rows(rows)
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

    async def size(self, deadline: Deadline) -> int:
        """How many rows there are."""
        return await self._rows.count("", deadline)

    async def set_calibration(self, calibration: Calibration, deadline: Deadline) -> None:
        """Keep it as a property of the collection, and go by it."""
        name, told = self.version, {CALIBRATION: calibration.to_json()}
        await self._calls.call(lambda client, t: client.alter_collection_properties(name, told, timeout=t), deadline)
        self._calibration = calibration

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions."""
        rows = await self.size(deadline)
        fields = ["reference_id", "product_id", "store"]
        told = await self._rows.every("degrees == 0", fields, deadline)
        sample = await self._rows.query("", ["degrees"], deadline, limit=SAMPLE_ROWS)
        if rows != len(told) * len({row["degrees"] for row in sample}):
            # Some photos lack a rotation, perhaps this one: someone deleted rows in Milvus's console.
            told = await self._rows.every("", fields, deadline)
        products = len({(row["product_id"], row["store"]) for row in told})
        references = len({photo_id_of_row(row["reference_id"]) for row in told})
        fingerprint = fingerprint_in(self.version)
        return GalleryDescription(self.version, fingerprint, self._dimension, products, references, rows)

    async def contents(self, deadline: Deadline, photo_ids: Sequence[str] | None = None) -> GalleryContents:
        """See `alignment.AlignableGallery.contents`."""
        # Once a Strong query has answered, all that anybody wrote before it can be seen.
        await self._rows.query('reference_id == ""', ["reference_id"], deadline, consistency_level="Strong")
        found: dict[str, dict[str, RowMetadata]] = {}
        conditions = [""] if photo_ids is None else [any_row_of(some) for some in batches(photo_ids)]
        for condition in conditions:
            async with aclosing(self._rows.pages(condition, METADATA_FIELDS, deadline)) as pages:
                async for page in pages:
                    for row, said in zip(page, await asyncio.to_thread(_all_metadata, page), strict=True):
                        found.setdefault(photo_id_of_row(row["reference_id"]), {})[row["reference_id"]] = said
        return found

    async def put(self, rows: Mapping[str, RowMetadata], vectors: NDArray[np.float32], deadline: Deadline) -> None:
        """See `alignment.AlignableGallery.put`."""
        pairs = zip(rows.items(), vectors.tolist(), strict=True)
        await self._rows.upsert([metadata_record(row, said, vector) for (row, said), vector in pairs], deadline)

    async def relabel(self, rows: Mapping[str, RowMetadata], deadline: Deadline) -> None:
        """See `alignment.AlignableGallery.relabel`."""
        for some in batches(list(rows)):
            there = await self._rows.query(any_of("reference_id", some), ["reference_id", "vector"], deadline)
            records = [metadata_record(row["reference_id"], rows[row["reference_id"]], row["vector"]) for row in there]
            if records:
                await self._rows.upsert(records, deadline)

    async def pages(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        """All rows, a page at a time."""
        async with aclosing(self._rows.pages("", ALL_FIELDS, deadline)) as pages:
            async for page in pages:
                yield [gallery_row(row) for row in page]


def _calibration(collection: str, told: str | None) -> Calibration | None:
    try:
        return Calibration.from_json(told) if told else None
    except InvalidInput as error:  # edited elsewhere: not a reason to serve nobody
        log.warning("the gallery's calibration is not used", collection=collection, reason=str(error))
        return None
