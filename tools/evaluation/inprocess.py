"""The service's networks and its gallery in this process: the same answers, without servers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation import models
from tillsight.domain.arrays import Pixels
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import ProductKey
from tillsight.domain.products import GalleryRow, Reference
from tillsight.domain.recognition_results import Match
from tillsight.recognition import product_ranking
from tillsight.recognition.product_ranking import INITIAL_ROWS, MAX_ROWS

FOREVER = Deadline.after(10 * 365 * 86400)
"""The deadline of calls that no one waits for."""
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
        return self.maps(image)

    def maps(self, image: Pixels) -> Pixels:
        """The same without waiting."""
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


@dataclass(frozen=True, slots=True)
class Stacked:
    """Rows, and their vectors float32 [R, D]."""

    rows: tuple[GalleryRow, ...]
    vectors: NDArray[np.float32]


class MemoryGallery:
    """A gallery in memory, searched exactly, its hits grouped as the service groups them; no photo is kept."""

    version = "memory"
    calibration = None

    def __init__(self, rows: Iterable[GalleryRow] = ()) -> None:
        self.rows = {row.reference_id: row for row in rows}
        self._stacked: Stacked | None = None

    @property
    def stacked(self) -> Stacked:
        """All rows as arrays, by reference id, so that a photo's rotations stand together."""
        if self._stacked is None:
            rows = tuple(sorted(self.rows.values(), key=lambda row: row.reference_id))
            vectors = np.stack([row.vector for row in rows]) if rows else np.zeros((0, 0), np.float32)
            self._stacked = Stacked(rows, vectors)
        return self._stacked

    def without(self, product_ids: Collection[str]) -> MemoryGallery:
        """The same gallery less some products."""
        return MemoryGallery(row for row in self.rows.values() if row.product_id not in product_ids)

    async def search(
        self, vectors: NDArray[np.float32], store: str, count: int, deadline: Deadline
    ) -> list[list[Match]]:
        """See `recognizer.Gallery`; among all stores' products."""
        if not self.rows:
            return [[] for _ in vectors]
        return [self._nearest(self.stacked.vectors @ vector, count) for vector in vectors]

    def _nearest(self, cosines: NDArray[np.float32], count: int) -> list[Match]:
        """As `adapters.milvus` does it: rows enough for `count` products, each product scored by its photos."""
        most = min(MAX_ROWS, len(cosines))
        asked = min(INITIAL_ROWS, most)
        while True:
            near = np.argpartition(-cosines, asked - 1)[:asked]
            photos = product_ranking.best_row_per_photo(
                [self._match(n, cosines) for n in near[np.argsort(-cosines[near], kind="stable")]]
            )
            if asked == most or len({(photo.product_id, photo.store) for photo in photos}) >= count:
                known = {
                    photo.reference_id: self.rows[photo.reference_id].vector
                    for photo in product_ranking.co_retrieved(photos)
                }
                return product_ranking.rank_products(photos, known)[:count]
            asked = min(4 * asked, most)

    def _match(self, number: int, cosines: NDArray[np.float32]) -> Match:
        row = self.stacked.rows[number]
        return Match(row.product_id, row.name, float(cosines[number]), row.reference_id, row.store)

    async def attributes_of(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """See `enrolment.WritableGallery`."""
        return {key: self.rows[key].attributes for key in reference_ids if key in self.rows}

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """None: a list of photos may name a product as it likes."""
        return {}

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """See `enrolment.WritableGallery`."""
        self.rows.update((row.reference_id, row) for row in rows)
        self._stacked = None

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """Nothing: attributes are no evidence."""

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Nothing; see `enrolment.PhotoKeeper`."""
