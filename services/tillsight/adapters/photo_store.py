"""Where enrolled photos are kept, so that a gallery can be rebuilt for another embedder."""

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
    """Reference photos in a folder: `ab/abcd….photo`, the bytes as they were sent, and `….json` beside it, what was
    said of it and the outline that was found in it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Keep a reference; again, only what is said of it may change. Raises OSError: the folder is not writable."""
        await asyncio.to_thread(self._keep, photo_id, reference)

    async def forget(self, photo_ids: Sequence[str]) -> None:
        """Delete kept photos; those that are not there stay away. Raises OSError where the folder is not writable."""
        await asyncio.to_thread(self._forget, photo_ids)

    async def find(self, photo_id: str) -> Reference | None:
        """The photo as it was enrolled, or None where it is not kept. Raises OSError where it cannot be read."""
        return await asyncio.to_thread(self._find, photo_id)

    def _find(self, photo_id: str) -> Reference | None:
        if not PHOTO_ID.fullmatch(photo_id):
            return None
        try:
            about = self._about(photo_id)
            photo = self._path(photo_id, "photo").read_bytes()
        except FileNotFoundError:
            return None
        region, outline = about["region"], about.get("outline")
        return Reference(
            about["product_id"],
            about["name"],
            photo,
            about["store"],
            about["attributes"],
            Box(*region) if region else None,
            tuple((x, y) for x, y in outline) if outline else None,
        )

    def _about(self, photo_id: str) -> dict[str, Any]:
        about: dict[str, Any] = json.loads(self._path(photo_id, "json").read_bytes())
        return about

    def _path(self, photo_id: str, ending: str) -> Path:
        return self._root / photo_id[:2] / f"{photo_id}.{ending}"

    def _forget(self, photo_ids: Sequence[str]) -> None:
        for photo_id in photo_ids:
            if not PHOTO_ID.fullmatch(photo_id):
                continue  # of a row made by hand in Milvus: no photo of ours, and maybe a path out of the folder
            for ending in ("json", "photo"):
                self._path(photo_id, ending).unlink(missing_ok=True)

    def _keep(self, photo_id: str, reference: Reference) -> None:
        photo, note = self._path(photo_id, "photo"), self._path(photo_id, "json")
        photo.parent.mkdir(parents=True, exist_ok=True)
        region, outline = reference.region, reference.outline
        if outline is None and note.exists():
            outline = self._about(photo_id).get("outline")
        about = {
            "product_id": reference.product_id,
            "name": reference.name,
            "store": reference.store,
            "attributes": dict(reference.attributes),
            "region": [region.x, region.y, region.width, region.height] if region else None,
            "outline": [[round(x, 2), round(y, 2)] for x, y in outline] if outline else None,
        }
        _write(photo, reference.photo)
        _write(note, json.dumps(about, ensure_ascii=False).encode())


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    # A name of this thread's own: two calls may keep the same photo at once.
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
