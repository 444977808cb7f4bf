"""A gallery in memory with an exact search. Ranking products is left to `recognition.product_ranking`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Floats, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import ProductKey
from tillsight.domain.products import GalleryRow, Reference
from tillsight.domain.recognition_results import Match

COSINES_PER_BLOCK = 16_000_000
"""How many cosines one matrix product computes, 64 MB: 80 queries against 200,000 rows."""


@dataclass(frozen=True, slots=True)
class GalleryArrays:
    """Rows in the order of their reference ids, and their vectors float32 [R, D] in the same order."""

    rows: tuple[GalleryRow, ...]
    vectors: Vectors


class MemoryGallery:
    """A `recognition.ports.SearchableGallery` that the enroller can also write to, as gallery and as photo store.

    It keeps no photos. No method waits, so the deadlines are ignored.
    """

    version = "memory"
    calibration = None

    def __init__(self, rows: Iterable[GalleryRow] = ()) -> None:
        self.rows = {row.reference_id: row for row in rows}
        self._arrays: GalleryArrays | None = None
        self._visible: dict[str, GalleryArrays] = {}

    @property
    def arrays(self) -> GalleryArrays:
        """All rows as arrays. The rotations of a photo are next to each other."""
        if self._arrays is None:
            rows = tuple(sorted(self.rows.values(), key=lambda row: row.reference_id))
            vectors = np.stack([row.vector for row in rows]) if rows else np.zeros((0, 0), np.float32)
            self._arrays = GalleryArrays(rows, vectors)
        return self._arrays

    def without(self, product_ids: Collection[str]) -> MemoryGallery:
        """The same gallery without some products."""
        return MemoryGallery(row for row in self.rows.values() if row.product_id not in product_ids)

    async def search_rows(self, vectors: Vectors, store: str, limit: int, deadline: Deadline) -> list[list[Match]]:
        """See `SearchableGallery`: shared rows and rows of the store, by exact cosine; ties by reference id."""
        arrays = self._visible_to(store)
        if not arrays.rows:
            return [[] for _ in vectors]
        block = max(1, COSINES_PER_BLOCK // len(arrays.rows))
        found = []
        for start in range(0, len(vectors), block):
            for cosines in vectors[start : start + block] @ arrays.vectors.T:
                best = _largest(cosines, limit)
                found.append([_match(arrays.rows[index], float(cosines[index])) for index in best])
        return found

    async def vectors(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, NDArray[np.float32]]:
        """See `SearchableGallery`."""
        return {key: self.rows[key].vector for key in reference_ids if key in self.rows}

    async def attributes_of(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """See `catalogue.ports.EditableGallery`."""
        return {key: self.rows[key].attributes for key in reference_ids if key in self.rows}

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """See `catalogue.ports.EditableGallery`."""
        wanted = set(product_ids)
        return {(row.product_id, row.store): row.name for row in self.rows.values() if row.product_id in wanted}

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """See `catalogue.ports.EditableGallery`."""
        self.rows.update((row.reference_id, row) for row in rows)
        self._forget_arrays()

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """See `catalogue.ports.EditableGallery`."""
        existing = {key: value for key, value in attributes.items() if key in self.rows}
        self.rows.update((key, replace(self.rows[key], attributes=value)) for key, value in existing.items())
        self._forget_arrays()

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """See `gallery.ports.PhotoStore`; does nothing."""

    def _visible_to(self, store: str) -> GalleryArrays:
        """The active rows that a search of a store sees: shared ones, and its own."""
        if store not in self._visible:
            seen = [row.active and row.store in ("", store) for row in self.arrays.rows]
            self._visible[store] = self.arrays if all(seen) else _selection(self.arrays, seen)
        return self._visible[store]

    def _forget_arrays(self) -> None:
        self._arrays = None
        self._visible.clear()


def _selection(arrays: GalleryArrays, chosen: Sequence[bool]) -> GalleryArrays:
    rows = tuple(row for row, keep in zip(arrays.rows, chosen, strict=True) if keep)
    return GalleryArrays(rows, arrays.vectors[np.array(chosen, bool)])


def _largest(values: Floats, count: int) -> NDArray[np.int64]:
    """The indices of the `count` largest values, largest first, equal values in the order of their indices."""
    first = max(len(values) - count, 0)
    # Sort only values from the smallest wanted one on. Equal values at the limit all stay until the order decides.
    candidates = np.flatnonzero(values >= np.partition(values, first)[first])
    order = np.argsort(-values[candidates], kind="stable")
    return candidates[order[:count]]


def _match(row: GalleryRow, cosine: float) -> Match:
    return Match(row.product_id, row.name, cosine, row.reference_id, row.store, row.attributes)
