"""How often the nearest product of a gallery is the right one, for photos taken whole."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from evaluation import mistakes
from evaluation.inprocess import AT_ONCE, FOREVER, LocalEmbedder, MemoryGallery
from evaluation.manifests import Entry
from evaluation.mistakes import Mistake
from evaluation.strangers import Objects
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidManifest, InvalidPhoto
from tillsight.domain.identifiers import photo_id_of_row, row_id
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import Photo, PhotoLimits, decode_photo
from tillsight.imaging.masks import polygon_from_mask
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.recognition.verdict import PRODUCTS_CONSIDERED

CUTOUT_ROTATIONS = 8
"""A cut-out may lie at any angle on a counter; a whole photo is compared as it stands."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A query's product, the products nearest to it, best first, and the average precision of its own photos.

    `precision` is None where the gallery does not hold the product.
    """

    label: str
    near: tuple[Match, ...]
    precision: float | None

    @property
    def rank(self) -> int:
        """Place of the right product, from 1; among equals the last, and past all of `near` where it is not in it."""
        own = next((match.score for match in self.near if match.product_id == self.label), None)
        if own is None:
            return len(self.near) + 1
        return sum(match.score >= own for match in self.near if match.product_id != self.label) + 1


def enrolled(
    entries: Sequence[Entry], embedder: LocalEmbedder, rotations: int | None, progress: Progress
) -> MemoryGallery:
    """The gallery of these photos, each as one region.

    A photo with transparency is cut out by it and embedded at 8 rotations; any other is taken whole, upright.
    `rotations` overrides that for all. Raises InvalidManifest for a photo that cannot be read.
    """
    rows = []
    for number, entry in enumerate(progress.track(entries, description="embedding references")):
        crops = _crops(entry, embedder.crop_size, rotations)
        vectors = asyncio.run(embedder.embed(np.stack(crops), FOREVER))
        for turn, vector in enumerate(vectors):
            degrees = round(360 * turn / len(crops))
            key = row_id(f"{number:08d}", degrees)
            rows.append(GalleryRow(key, entry.product_id, entry.product_id, "", degrees, {}, vector))
    return MemoryGallery(rows)


def objects(queries: Sequence[Entry], embedder: LocalEmbedder, progress: Progress) -> Objects:
    """Queries, each photo as one region, upright."""
    vectors = [np.zeros((0, embedder.dimension), np.float32)]
    for start in progress.track(range(0, len(queries), AT_ONCE), description="embedding queries"):
        crops = [_crops(entry, embedder.crop_size, 1)[0] for entry in queries[start : start + AT_ONCE]]
        vectors.append(asyncio.run(embedder.embed(np.stack(crops), FOREVER)))
    return Objects.whole(np.concatenate(vectors), [entry.product_id for entry in queries])


def rank(gallery: MemoryGallery, queries: Objects, progress: Progress) -> list[Ranked]:
    """The products nearest to each query, as the service finds and groups them."""
    photos, ranked = _Photos.of(gallery), []
    for number in progress.track(range(len(queries.labels)), description="searching"):
        vector, label = queries.vectors[number], str(queries.labels[number])
        (near,) = asyncio.run(gallery.search(vector[None], "", PRODUCTS_CONSIDERED, FOREVER))
        ranked.append(Ranked(label, tuple(near), photos.precision(gallery.stacked.vectors @ vector, label)))
    return ranked


def figures(
    ranked: Sequence[Ranked], labels: int, groups: Mapping[str, str], tuned: Collection[str] | None = None
) -> dict[str, object]:
    """Top-1, top-5 and mean average precision in a gallery of so many labels.

    Top-1 and top-5 rank products as the service groups them (`tillsight.grouping`). `map` ranks photos: the mean over
    queries of the average precision of those of the query's product (with one photo each: the mean of 1/rank).
    Queries of a product without a reference are counted in `n_absent` and left out of all else. Equal scores
    rank against the query. `groups` gives a product's group for `by_group`; with `tuned`, the products an embedder was
    tuned on, `by_tuning` has figures of those and of unseen ones.
    """
    there = [one for one in ranked if one.precision is not None]
    named = sorted({groups[one.label] for one in there if groups.get(one.label)})
    told: dict[str, object] = {
        **_summary(there),
        "n_labels": labels,
        "n_absent": len(ranked) - len(there),
        "by_group": {name: _summary([one for one in there if groups.get(one.label) == name]) for name in named},
    }
    if tuned is not None:
        told["by_tuning"] = {
            "tuned": _summary([one for one in there if one.label in tuned]),
            "unseen": _summary([one for one in there if one.label not in tuned]),
        }
    return told


def groups(entries: Sequence[Entry]) -> dict[str, str]:
    """The group of each product that has one."""
    return {entry.product_id: entry.group for entry in entries if entry.group}


def average_precision(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Of `right` ones among scores [R], higher being nearer; among equals the wrong ones come first."""
    order = np.lexsort((right, -scores))
    hits = np.flatnonzero(right[order]) + 1
    return float((np.arange(1, len(hits) + 1) / hits).mean())


def write_report(
    path: Path, gallery: Sequence[Entry], queries: Sequence[Entry], ranked: Sequence[Ranked], told: Mapping[str, object]
) -> None:
    """The worst mistakes as an HTML file: those with the greatest score over the right product's."""
    found = []
    for query, one in zip(queries, ranked, strict=True):
        if one.precision is None or one.rank == 1:
            continue
        wrong = next(match for match in one.near if match.product_id != one.label)
        own = next((match for match in one.near if match.product_id == one.label), None)
        images = [gallery[int(photo_id_of_row(match.reference_id))].image if match else None for match in (wrong, own)]
        first = next(entry.image for entry in gallery if entry.product_id == one.label)
        found.append(
            Mistake(
                severity=wrong.score - (own.score if own else 0.0),
                seen=decode_photo(query.image.read_bytes(), PhotoLimits()).pixels,
                caption=str(query.image),
                taken_for=f"{wrong.product_id}, {wrong.score:.3f}",
                taken_for_image=images[0],
                truth=f"{one.label}, " + (f"{own.score:.3f}" if own else "not among the nearest"),
                truth_image=images[1] or first,
            )
        )
    mistakes.write(path, "Retrieval", told, found)


@dataclass(frozen=True, slots=True)
class _Photos:
    """Where each photo's rows begin among a gallery's stacked ones, and its product."""

    starts: NDArray[np.int64]
    products: NDArray[np.str_]

    @classmethod
    def of(cls, gallery: MemoryGallery) -> _Photos:
        keys = np.array([photo_id_of_row(row.reference_id) for row in gallery.stacked.rows], str)
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]][: len(keys)])
        return cls(starts, np.array([gallery.stacked.rows[n].product_id for n in starts], str))

    def precision(self, cosines: NDArray[np.float32], label: str) -> float | None:
        """The average precision of a product's photos, each at its best rotation; None where there are none."""
        right = self.products == label
        return average_precision(np.maximum.reduceat(cosines, self.starts), right) if right.any() else None


def _summary(ranked: Sequence[Ranked]) -> dict[str, object]:
    if not ranked:
        return {"top1": None, "top5": None, "map": None, "n_queries": 0}
    ranks = np.array([one.rank for one in ranked])
    return {
        "top1": float((ranks <= 1).mean()),
        "top5": float((ranks <= 5).mean()),
        "map": float(np.mean([one.precision for one in ranked if one.precision is not None])),
        "n_queries": len(ranked),
    }


def _crops(entry: Entry, size: int, rotations: int | None) -> list[Pixels]:
    try:
        photo = decode_photo(entry.image.read_bytes(), PhotoLimits())
    except (OSError, InvalidPhoto) as error:
        raise InvalidManifest(f"{entry.image} (product {entry.product_id!r}) cannot be used: {error}") from error
    contour = _contour(photo)
    turns = rotations or (CUTOUT_ROTATIONS if contour else 1)
    region = contour or rectangle_polygon(0, 0, photo.width, photo.height)
    return [crop_polygon(photo.pixels, region, size, 360 * turn / turns) for turn in range(turns)]


def _contour(photo: Photo) -> tuple[tuple[float, float], ...] | None:
    return None if photo.alpha is None else polygon_from_mask(photo.alpha)
