"""Where enrolled photos are kept, so that a gallery can be rebuilt for another embedder."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path

from tillsight.domain import Reference

PHOTO_ID = re.compile("[0-9a-f]{32}")


class FolderReferences:
    """Reference photos in a folder: `ab/abcd….photo`, the bytes as they were sent, and `….json` beside it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Keep a reference; again, only what is said of it may change. Raises OSError: the folder is not writable."""
        await asyncio.to_thread(self._keep, photo_id, reference)

    async def forget(self, photo_ids: Sequence[str]) -> None:
        """Delete kept photos; those that are not there stay away. Raises OSError where the folder is not writable."""
        await asyncio.to_thread(self._forget, photo_ids)

    def _forget(self, photo_ids: Sequence[str]) -> None:
        for photo_id in photo_ids:
            if not PHOTO_ID.fullmatch(photo_id):
                continue  # of a row made by hand in Milvus: no photo of ours, and maybe a path out of the folder
            for ending in ("json", "photo"):
                (self._root / photo_id[:2] / f"{photo_id}.{ending}").unlink(missing_ok=True)

    def _keep(self, photo_id: str, reference: Reference) -> None:
        folder = self._root / photo_id[:2]
        folder.mkdir(parents=True, exist_ok=True)
        region = reference.region
        about = {
            "product_id": reference.product_id,
            "name": reference.name,
            "store": reference.store,
            "attributes": dict(reference.attributes),
            "region": [region.x, region.y, region.width, region.height] if region else None,
        }
        _write(folder / f"{photo_id}.photo", reference.photo)
        _write(folder / f"{photo_id}.json", json.dumps(about, ensure_ascii=False).encode())


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    # A name of this thread's own: two calls may keep the same photo at once.
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
