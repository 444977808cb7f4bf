"""Galleries and queries of photos that are taken whole, without a segmenter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from rich.progress import Progress

from evaluation.local_models import BATCH_SIZE, NO_DEADLINE, LocalEmbedder
from evaluation.manifests import Entry
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import ALL_STORES, QueryObjects
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidManifest, InvalidPhoto
from tillsight.domain.geometry import Polygon
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import Photo, PhotoLimits, decode_photo
from tillsight.imaging.masks import polygon_from_mask
from tillsight.imaging.polygons import rectangle_polygon

CUTOUT_ROTATIONS = 8
"""An object on a counter has any orientation, so cut-outs are enrolled rotated. Whole photos stay upright."""


def enrol_whole_photos(
    entries: Sequence[Entry], embedder: LocalEmbedder, rotations: int | None, progress: Progress
) -> MemoryGallery:
    """The gallery of these photos, each as one region.

    A photo with transparency is cropped to its opaque part and embedded at CUTOUT_ROTATIONS. Any other photo is
    embedded whole and upright. `rotations`, if given, applies to all photos. Raises InvalidManifest for a photo that
    cannot be read.
    """
    rows = []
    for number, entry in enumerate(progress.track(entries, description="embedding references")):
        crops = _crops(entry, embedder.crop_size, rotations)
        vectors = asyncio.run(embedder.embed(np.stack(crops), NO_DEADLINE))
        for turn, vector in enumerate(vectors):
            degrees = round(360 * turn / len(crops))
            key = row_id(f"{number:08d}", degrees)
            rows.append(GalleryRow(key, entry.product_id, entry.product_id, ALL_STORES, degrees, {}, vector))
    return MemoryGallery(rows)


def whole_photo_queries(queries: Sequence[Entry], embedder: LocalEmbedder, progress: Progress) -> QueryObjects:
    """Queries, each photo as one upright region. Raises InvalidManifest for a photo that cannot be read."""
    vectors = [np.zeros((0, embedder.dimension), np.float32)]
    for start in progress.track(range(0, len(queries), BATCH_SIZE), description="embedding queries"):
        crops = [_crops(entry, embedder.crop_size, 1)[0] for entry in queries[start : start + BATCH_SIZE]]
        vectors.append(asyncio.run(embedder.embed(np.stack(crops), NO_DEADLINE)))
    return QueryObjects.whole(np.concatenate(vectors), [entry.product_id for entry in queries])


def _crops(entry: Entry, size: int, rotations: int | None) -> list[Pixels]:
    try:
        photo = decode_photo(entry.image.read_bytes(), PhotoLimits())
    except (OSError, InvalidPhoto) as error:
        raise InvalidManifest(f"{entry.image} (product {entry.product_id!r}) cannot be used: {error}") from error
    outline = _opaque_outline(photo)
    turns = rotations or (CUTOUT_ROTATIONS if outline else 1)
    region = outline or rectangle_polygon(0, 0, photo.width, photo.height)
    return [crop_polygon(photo.pixels, region, size, 360 * turn / turns) for turn in range(turns)]


def _opaque_outline(photo: Photo) -> Polygon | None:
    return None if photo.alpha is None else polygon_from_mask(photo.alpha)
