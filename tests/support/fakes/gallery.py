"""A fake gallery version."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from support.fakes.step import Step
from tillsight.adapters.milvus.rows import (
    gallery_row,
    metadata_record,
    product_details,
    products_from_rows,
    record,
    row_metadata,
)
from tillsight.domain.arrays import Floats
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import ProductKey, photo_id_of_row
from tillsight.domain.products import GalleryDescription, GalleryRow, Product, ProductDetails
from tillsight.domain.recognition_results import Match
from tillsight.gallery.diff import GalleryContents, RowMetadata
from tillsight.recognition.calibration import Calibration


class FakeGallery:
    """Rows in memory, searched one by one. `searches` holds the shape, store and limit of each search, and
    `vector_requests` the ids of each call of `vectors`."""

    def __init__(self, version: str = "gallery_e3bede3bede3bede_1") -> None:
        self.version = version
        self.step = Step()
        self.writing = Step()
        self.rows: dict[str, GalleryRow] = {}
        self.calibration: Calibration | None = None
        self.searches: list[tuple[tuple[int, ...], str, int]] = []
        self.vector_requests: list[list[str]] = []

    async def search_rows(self, vectors: Floats, store: str, limit: int, deadline: Deadline) -> list[list[Match]]:
        self.searches.append((vectors.shape, store, limit))
        await self.step.take(deadline)
        return [self._nearest(vector, store)[:limit] for vector in vectors]

    async def vectors(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Floats]:
        self.vector_requests.append(list(reference_ids))
        return {row: self.rows[row].vector for row in reference_ids if row in self.rows}

    def _nearest(self, vector: Floats, store: str) -> list[Match]:
        rows = [
            Match(row.product_id, row.name, float(row.vector @ vector), row.reference_id, row.store, row.attributes)
            for row in self.rows.values()
            if row.active and row.store in ("", store)
        ]
        return sorted(rows, key=lambda match: -match.score)

    async def attributes_of(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        await self.step.take(deadline)
        return {row: self.rows[row].attributes for row in reference_ids if row in self.rows}

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        await self.step.take(deadline)
        return {(row.product_id, row.store): row.name for row in self.rows.values() if row.product_id in product_ids}

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        await self.writing.take(deadline)
        self.rows.update({row.reference_id: row for row in rows})

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        await self.writing.take(deadline)
        for row, values in attributes.items():
            self.rows[row] = replace(self.rows[row], attributes=values)

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        await self.step.take(deadline)
        own = [row for row in self.rows.values() if row.store == store and row.product_id in product_ids]
        return {row.reference_id: row.product_id for row in own}

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        await self.writing.take(deadline)
        for row in reference_ids:
            self.rows.pop(row, None)

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails | None:
        await self.step.take(deadline)
        rows = [record(row) for row in self.rows.values() if (row.product_id, row.store) == key]
        return product_details(rows) if rows else None

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        await self.step.take(deadline)
        seen = [record(row) for row in self.rows.values() if row.store in ("", store)]
        return [one for one in products_from_rows(seen) if (one.product_id, one.store) > after][:count]

    async def size(self, deadline: Deadline) -> int:
        await self.step.take(deadline)
        return len(self.rows)

    async def set_calibration(self, calibration: Calibration, deadline: Deadline) -> None:
        await self.writing.take(deadline)
        self.calibration = calibration

    async def contents(self, deadline: Deadline, photo_ids: Sequence[str] | None = None) -> GalleryContents:
        await self.step.take(deadline)
        found: dict[str, dict[str, RowMetadata]] = {}
        for row in list(self.rows.values()):
            photo = photo_id_of_row(row.reference_id)
            if photo_ids is None or photo in photo_ids:
                found.setdefault(photo, {})[row.reference_id] = row_metadata(
                    {name: value for name, value in record(row).items() if name != "vector"}
                )
        return found

    async def put(self, rows: Mapping[str, RowMetadata], vectors: Floats, deadline: Deadline) -> None:
        records = zip(rows.items(), vectors, strict=True)
        await self.upsert(
            [gallery_row(metadata_record(row, metadata, vector)) for (row, metadata), vector in records], deadline
        )

    async def relabel(self, rows: Mapping[str, RowMetadata], deadline: Deadline) -> None:
        existing = {row: metadata for row, metadata in rows.items() if row in self.rows}
        if existing:
            await self.put(existing, np.stack([self.rows[row].vector for row in existing]), deadline)

    async def pages(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        rows = list(self.rows.values())
        for start in range(0, len(rows), 5):
            await self.step.take(deadline)
            yield rows[start : start + 5]

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        await self.step.take(deadline)
        products = {(row.product_id, row.store) for row in self.rows.values()}
        photos = {photo_id_of_row(row) for row in self.rows}
        fingerprint = self.version.split("_")[1]
        return GalleryDescription(self.version, fingerprint, 3, len(products), len(photos), len(self.rows))
