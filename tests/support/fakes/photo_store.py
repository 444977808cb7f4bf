"""A fake photo store."""

from __future__ import annotations

from collections.abc import Sequence

from support.fakes.gallery import FakeGallery
from tillsight.domain.products import Reference


class FakePhotoStore:
    """Kept photos in memory; `rows_then` is how many rows the gallery had when each photo was kept."""

    def __init__(self, gallery: FakeGallery) -> None:
        self._gallery = gallery
        self.kept: dict[str, Reference] = {}
        self.rows_then: list[int] = []

    async def keep(self, photo_id: str, reference: Reference) -> None:
        self.kept[photo_id] = reference
        self.rows_then.append(len(self._gallery.rows))

    async def find(self, photo_id: str) -> Reference | None:
        return self.kept.get(photo_id)

    async def forget(self, photo_ids: Sequence[str]) -> None:
        for photo_id in photo_ids:
            self.kept.pop(photo_id, None)
