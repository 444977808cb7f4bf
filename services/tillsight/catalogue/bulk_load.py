"""Bulk load: rows of one gallery written into another, without embedding anything again."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from tillsight.catalogue.ports import EditableGallery
from tillsight.catalogue.validation import validate_product, validate_text
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import FingerprintMismatch, InvalidInput, InvalidProduct
from tillsight.domain.limits import MAX_ROW_ID_LENGTH
from tillsight.domain.products import GalleryRow
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.ports import Embedder

ROWS_PER_WRITE = 1000
"""A vector of 256 values has a kilobyte, and Milvus accepts 64 MB a call."""


@dataclass(frozen=True, slots=True)
class GalleryOrigin:
    """Where rows come from: the collection, the embedder that made its vectors, and its calibration."""

    gallery: str
    embedder_fingerprint: str
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class BulkLoader:
    """Writes exported rows into a gallery."""

    embedder: Embedder
    gallery: EditableGallery

    async def load(self, origin: GalleryOrigin, pages: AsyncIterable[Sequence[GalleryRow]], deadline: Deadline) -> int:
        """Write rows as they arrive and return how many. An empty gallery takes the calibration of the origin.

        Raises FingerprintMismatch if another embedder made the vectors, InvalidInput for an invalid row, Unavailable,
        DeadlineExceeded. Rows that were written before stay written, and the call may be repeated.
        """
        if origin.embedder_fingerprint != self.embedder.fingerprint:
            raise FingerprintMismatch(origin.gallery, origin.embedder_fingerprint, self.embedder.fingerprint)
        if origin.calibration is not None and await self.gallery.size(deadline) == 0:
            await self.gallery.set_calibration(origin.calibration, deadline)
        numbers = count()
        written = 0
        async for page in pages:
            for row in page:
                self._check(next(numbers), row)
            for start in range(0, len(page), ROWS_PER_WRITE):
                await self.gallery.upsert(page[start : start + ROWS_PER_WRITE], deadline)
            written += len(page)
        return written

    def _check(self, number: int, row: GalleryRow) -> None:
        try:
            if not row.reference_id:
                raise InvalidProduct("the reference id is empty")
            validate_text("reference id", row.reference_id, MAX_ROW_ID_LENGTH)
            validate_product(row.product_id, row.name, row.store, row.attributes)
        except InvalidProduct as error:
            raise InvalidProduct(f"row {number}: {error}") from error
        if not 0 <= row.degrees < 360:
            raise InvalidInput(f"row {number}: its rotation is {row.degrees} degrees: it must be 0 to 359")
        if row.vector.shape != (self.embedder.dimension,):
            raise InvalidInput(f"row {number}: its vector has {row.vector.size} values, not {self.embedder.dimension}")
        if not np.isfinite(row.vector).all() or not row.vector.any():
            raise InvalidInput(f"row {number}: its vector is not finite, or zero")
