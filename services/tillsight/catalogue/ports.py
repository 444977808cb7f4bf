"""What the catalogue needs from outside: a gallery that can be edited."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import ProductKey
from tillsight.domain.products import GalleryDescription, GalleryRow, Product, ProductDetails
from tillsight.gallery.ports import SyncableGallery
from tillsight.recognition.calibration import Calibration


class EditableGallery(SyncableGallery, Protocol):
    """The live gallery as editors read and change it. Each method raises Unavailable and DeadlineExceeded."""

    async def attributes_of(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """The attributes of those of these rows that exist, by reference_id."""

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products that exist, by product key."""

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """Write rows; an existing row with the same reference_id is replaced. Acknowledged means searchable."""

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """Replace the attributes of rows, by reference_id, and nothing else; missing rows are not created."""

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        """All rows of a store's own products: product ids by reference_id."""

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails | None:
        """A product and its references, or None if it has no row."""

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """The first `count` products that a store may see, after one of them, by id and store."""

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions."""

    def pages(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        """All rows, a page at a time."""

    async def size(self, deadline: Deadline) -> int:
        """How many rows there are."""

    async def set_calibration(self, calibration: Calibration, deadline: Deadline) -> None:
        """Store a calibration with the gallery version and use it from now on."""
