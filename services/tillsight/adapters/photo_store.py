"""Reference photos in a folder, so that a gallery can be rebuilt for another embedder."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tillsight.domain.geometry import Box
from tillsight.domain.identifiers import PHOTO_ID
from tillsight.domain.products import Reference


class FolderPhotoStore:
    """Two files a photo: `ab/abcd….photo` holds the bytes as they were sent, `ab/abcd….json` the product, the region
    and the outline of the selected object."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """See `PhotoStore.keep`. Raises OSError if the folder is not writable."""
        await asyncio.to_thread(self._keep, photo_id, reference)

    async def forget(self, photo_ids: Sequence[str]) -> None:
        """See `PhotoStore.forget`. Raises OSError if the folder is not writable."""
        await asyncio.to_thread(self._forget, photo_ids)

    async def find(self, photo_id: str) -> Reference | None:
        """See `PhotoStore.find`. Raises OSError if a file cannot be read."""
        return await asyncio.to_thread(self._find, photo_id)

    def _find(self, photo_id: str) -> Reference | None:
        if not PHOTO_ID.fullmatch(photo_id):
            return None
        try:
            metadata = self._metadata(photo_id)
            photo = self._path(photo_id, "photo").read_bytes()
        except FileNotFoundError:
            return None
        region, outline = metadata["region"], metadata.get("outline")
        return Reference(
            metadata["product_id"],
            metadata["name"],
            photo,
            metadata["store"],
            metadata["attributes"],
            Box(*region) if region else None,
            tuple((x, y) for x, y in outline) if outline else None,
        )

    def _metadata(self, photo_id: str) -> dict[str, Any]:
        metadata: dict[str, Any] = json.loads(self._path(photo_id, "json").read_bytes())
        return metadata

    def _path(self, photo_id: str, ending: str) -> Path:
        return self._root / photo_id[:2] / f"{photo_id}.{ending}"

    def _forget(self, photo_ids: Sequence[str]) -> None:
        for photo_id in photo_ids:
            if not PHOTO_ID.fullmatch(photo_id):
                continue  # the id of a row made in a console: it has no photo, and could be a path out of the folder
            for ending in ("json", "photo"):
                self._path(photo_id, ending).unlink(missing_ok=True)

    def _keep(self, photo_id: str, reference: Reference) -> None:
        photo, note = self._path(photo_id, "photo"), self._path(photo_id, "json")
        photo.parent.mkdir(parents=True, exist_ok=True)
        region, outline = reference.region, reference.outline
        if outline is None and note.exists():
            outline = self._metadata(photo_id).get("outline")
        metadata = {
            "product_id": reference.product_id,
            "name": reference.name,
            "store": reference.store,
            "attributes": dict(reference.attributes),
            "region": [region.x, region.y, region.width, region.height] if region else None,
            "outline": [[round(x, 2), round(y, 2)] for x, y in outline] if outline else None,
        }
        _write(photo, reference.photo)
        _write(note, json.dumps(metadata, ensure_ascii=False).encode())


def _write(path: Path, data: bytes) -> None:
    """Write a file completely or not at all."""
    # The name is unique to this thread: two calls may keep the same photo at the same time.
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
