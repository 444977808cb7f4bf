"""The service's networks and its gallery in this process: the same answers, without servers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation import models
from tillsight import grouping
from tillsight.domain import Deadline, GalleryRow, Match, ProductKey, Reference
from tillsight.grouping import FIRST_ROWS, MOST_ROWS
from tillsight.imaging import Pixels

AT_ONCE = 32
"""Crops in one run of the embedder, as many as Triton takes."""


class LocalSegmenter:
    """A `recognizer.Segmenter` run by OpenVINO from its model's folder."""

    def __init__(self, model_dir: Path) -> None:
        self._model = models.load(model_dir)
        self.version = f"{model_dir.name}:1:{models.parameter(model_dir, 'fingerprint')}"
        height, width, _ = models.config(model_dir).input[0].dims
        self.input_size: tuple[int, int] = (height, width)

    async def segment(self, image: Pixels, deadline: Deadline) -> Pixels:
        """Maps uint8 [C, H, W] of a letterboxed photo."""
        maps: Pixels = np.asarray(self._model(image[None])["maps"], np.uint8)[0]
        return maps


class LocalEmbedder:
    """A `recognizer.Embedder` run by OpenVINO from its model's folder."""

    def __init__(self, model_dir: Path) -> None:
        self._model = models.load(model_dir)
        self.fingerprint = models.parameter(model_dir, "fingerprint")
        self.version = f"{model_dir.name}:1:{self.fingerprint}"
        self.crop_size = int(models.parameter(model_dir, "crop_size"))
        self.dimension = int(models.parameter(model_dir, "dimension"))

    async def embed(self, crops: Pixels, deadline: Deadline) -> NDArray[np.float32]:
        """Unit vectors float32 [N, D] of crops uint8 [N, S, S, 3]."""
        parts = [self._model(crops[start : start + AT_ONCE])["embedding"] for start in range(0, len(crops), AT_ONCE)]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros((0, self.dimension), np.float32)


class MemoryGallery:
    """A gallery in memory, searched exactly, its hits grouped as the service groups them; no photo is kept."""

    version = "memory"
    calibration = None

    def __init__(self, rows: Iterable[GalleryRow] = ()) -> None:
        self.rows = {row.reference_id: row for row in rows}

    def without(self, product_ids: Collection[str]) -> MemoryGallery:
        """The same gallery less some products."""
        return MemoryGallery(row for row in self.rows.values() if row.product_id not in product_ids)

    async def search(
        self, vectors: NDArray[np.float32], store: str, count: int, deadline: Deadline
    ) -> list[list[Match]]:
        """See `recognizer.Gallery`; of all stores' products."""
        rows = list(self.rows.values())
        if not rows:
            return [[] for _ in vectors]
        stacked = np.stack([row.vector for row in rows])
        starts = range(0, len(vectors), AT_ONCE)
        return [
            self._nearest(rows, cosines, count)
            for start in starts
            for cosines in vectors[start : start + AT_ONCE] @ stacked.T
        ]

    def _nearest(self, rows: Sequence[GalleryRow], cosines: NDArray[np.float32], count: int) -> list[Match]:
        asked = min(FIRST_ROWS, len(rows))
        while True:
            near = np.argpartition(-cosines, asked - 1)[:asked]
            near = near[np.argsort(-cosines[near], kind="stable")]
            hits = [
                Match(rows[n].product_id, rows[n].name, float(cosines[n]), rows[n].reference_id, rows[n].store)
                for n in near
            ]
            photos = grouping.photos(hits)
            enough = len({(photo.product_id, photo.store) for photo in photos}) >= count
            if enough or asked >= min(MOST_ROWS, len(rows)):
                known = {photo.reference_id: self.rows[photo.reference_id].vector for photo in grouping.company(photos)}
                return grouping.by_product(photos, known)[:count]
            asked = min(4 * asked, MOST_ROWS, len(rows))

    async def held(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """See `enrolment.WritableGallery`."""
        return {key: self.rows[key].attributes for key in reference_ids if key in self.rows}

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """None: a list of photos may name a product as it likes."""
        return {}

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """See `enrolment.WritableGallery`."""
        self.rows.update((row.reference_id, row) for row in rows)

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """Nothing: attributes are no evidence."""

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Nothing; see `enrolment.PhotoKeeper`."""
