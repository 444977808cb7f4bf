"""One gallery version in Milvus: a collection with one row for each reference photo and rotation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import numpy as np
import structlog
from numpy.typing import NDArray

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.collection import MAX_QUERY_ROWS, MilvusCollection, batches
from tillsight.adapters.milvus.filters import any_of, any_row_of, quoted, visible_to
from tillsight.adapters.milvus.names import ALL_FIELDS, CALIBRATION, DISPLAY_FIELDS, METADATA_FIELDS, fingerprint_of
from tillsight.adapters.milvus.product_pages import product_page
from tillsight.adapters.milvus.rows import (
    Row,
    gallery_row,
    matches,
    metadata_record,
    product_details,
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

PRODUCTS_PER_QUERY = 250
"""Products whose names one query asks for: each may have 65 rows within the most rows that Milvus answers."""
SAMPLE_ROWS = 1000
"""Rows that show which rotations a gallery has."""


class MilvusGallery:
    """A collection of vectors of one embedder. Every method raises Unavailable and DeadlineExceeded."""

    def __init__(self, calls: MilvusCalls, name: str, dimension: int, calibration: str | None) -> None:
        """`calibration` is the collection's property CALIBRATION."""
        self.version = name
        self._calls = calls
        self._dimension = dimension
        self._calibration = _calibration(name, calibration)
        self._rows = MilvusCollection(calls, name)

    @property
    def calibration(self) -> Calibration | None:
        """The collection's own calibration, as it was when the gallery was opened or when it was last set here."""
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
        """See `EditableGallery.attributes_of`."""
        found: dict[str, Mapping[str, object]] = {}
        for some in batches(reference_ids):
            rows = await self._rows.query(any_of("reference_id", some), ["reference_id", "attributes"], deadline)
            found.update((row["reference_id"], row_attributes(row)) for row in rows)
        return found

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """See `EditableGallery.names`."""
        found: dict[ProductKey, str] = {}
        fields = ["product_id", "store", "name"]
        for some in batches(product_ids, PRODUCTS_PER_QUERY):
            rows = await self._rows.query(any_of("product_id", some), fields, deadline, limit=MAX_QUERY_ROWS)
            found.update(((row["product_id"], row["store"]), row["name"]) for row in rows)
        return found

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """See `EditableGallery.upsert`."""
        await self._rows.upsert([record(row) for row in rows], deadline)

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """See `EditableGallery.set_attributes`."""
        # Milvus 2.3 writes whole rows only. "*" includes fields that editors added, but not the vector.
        rows = await self._rows.query(any_of("reference_id", attributes), ["*", "vector"], deadline)
        await self._rows.upsert(
            [{**row, "attributes": dict(attributes[row["reference_id"]])} for row in rows], deadline
        )

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        """See `EditableGallery.rows_of`."""
        found: dict[str, str] = {}
        for some in batches(product_ids):
            condition = f"store == {quoted(store)} and {any_of('product_id', some)}"
            for row in await self._rows.every(condition, ["reference_id", "product_id"], deadline):
                found[row["reference_id"]] = row["product_id"]
        return found

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        """See `SyncableGallery.remove`."""
        await self._rows.delete(reference_ids, deadline)

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails | None:
        """See `EditableGallery.product`."""
        condition = f"product_id == {quoted(key[0])} and store == {quoted(key[1])}"
        rows = await self._rows.query(condition, ["reference_id", *DISPLAY_FIELDS, "active"], deadline)
        return product_details(rows) if rows else None

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """See `EditableGallery.products`."""
        return await product_page(self._rows, store, after, count, deadline)

    async def size(self, deadline: Deadline) -> int:
        """See `EditableGallery.size`."""
        return await self._rows.count("", deadline)

    async def set_calibration(self, calibration: Calibration, deadline: Deadline) -> None:
        """See `EditableGallery.set_calibration`: stored as a property of the collection."""
        name, properties = self.version, {CALIBRATION: calibration.to_json()}
        await self._calls.call(
            lambda client, t: client.alter_collection_properties(name, properties, timeout=t), deadline
        )
        self._calibration = calibration

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """See `EditableGallery.describe`."""
        rows = await self.size(deadline)
        fields = ["reference_id", "product_id", "store"]
        # Every photo has a row at 0 degrees: an eighth of the rows is enough to count products and photos.
        counted = await self._rows.every("degrees == 0", fields, deadline)
        sample = await self._rows.query("", ["degrees"], deadline, limit=SAMPLE_ROWS)
        if rows != len(counted) * len({row["degrees"] for row in sample}):
            # An editor deleted single rows in Milvus's console, perhaps those at 0 degrees: count all rows.
            counted = await self._rows.every("", fields, deadline)
        products = len({(row["product_id"], row["store"]) for row in counted})
        references = len({photo_id_of_row(row["reference_id"]) for row in counted})
        fingerprint = fingerprint_of(self.version)
        return GalleryDescription(self.version, fingerprint, self._dimension, products, references, rows)

    async def contents(self, deadline: Deadline, photo_ids: Sequence[str] | None = None) -> GalleryContents:
        """See `SyncableGallery.contents`."""
        # Once a Strong query has answered, later queries see every write that was made before it, by any client.
        await self._rows.query('reference_id == ""', ["reference_id"], deadline, consistency_level="Strong")
        found: dict[str, dict[str, RowMetadata]] = {}
        conditions = [""] if photo_ids is None else [any_row_of(some) for some in batches(photo_ids)]
        for condition in conditions:
            async with aclosing(self._rows.pages(condition, METADATA_FIELDS, deadline)) as pages:
                async for page in pages:
                    for row, metadata in zip(page, await asyncio.to_thread(_metadata, page), strict=True):
                        found.setdefault(photo_id_of_row(row["reference_id"]), {})[row["reference_id"]] = metadata
        return found

    async def put(self, rows: Mapping[str, RowMetadata], vectors: NDArray[np.float32], deadline: Deadline) -> None:
        """See `SyncableGallery.put`."""
        pairs = zip(rows.items(), vectors.tolist(), strict=True)
        await self._rows.upsert([metadata_record(row, metadata, vector) for (row, metadata), vector in pairs], deadline)

    async def relabel(self, rows: Mapping[str, RowMetadata], deadline: Deadline) -> None:
        """See `SyncableGallery.relabel`."""
        for some in batches(list(rows)):
            there = await self._rows.query(any_of("reference_id", some), ["reference_id", "vector"], deadline)
            records = [metadata_record(row["reference_id"], rows[row["reference_id"]], row["vector"]) for row in there]
            if records:
                await self._rows.upsert(records, deadline)

    async def pages(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        """See `EditableGallery.pages`."""
        async with aclosing(self._rows.pages("", ALL_FIELDS, deadline)) as pages:
            async for page in pages:
                yield [gallery_row(row) for row in page]


def _metadata(rows: Sequence[Row]) -> list[RowMetadata]:
    return [row_metadata(row) for row in rows]


def _calibration(collection: str, text: str | None) -> Calibration | None:
    try:
        return Calibration.from_json(text) if text else None
    except InvalidInput as error:  # someone edited the property: the gallery can still be served
        log.warning("the gallery's calibration is not used", collection=collection, reason=str(error))
        return None
