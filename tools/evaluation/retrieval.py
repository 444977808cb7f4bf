"""How often the nearest product of a gallery is the right one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from evaluation.manifests import Entry
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects, nearest_to
from tillsight.domain.arrays import Floats
from tillsight.domain.identifiers import photo_id_of_row
from tillsight.domain.recognition_results import Match

QUERIES_PER_BLOCK = 64


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """A query's product, its nearest products, best first, and the average precision of its product's photos.

    `precision` is None if the product is not in the gallery.
    """

    label: str
    near: tuple[Match, ...]
    precision: float | None

    @property
    def rank(self) -> int:
        """The rank of the right product, from 1; the last among equal scores. If missing, one more than all ranks."""
        own = next((match.score for match in self.near if match.product_id == self.label), None)
        if own is None:
            return len(self.near) + 1
        return sum(match.score >= own for match in self.near if match.product_id != self.label) + 1


def rank_queries(gallery: MemoryGallery, queries: QueryObjects, progress: Progress) -> list[RankedQuery]:
    """The nearest products of each query, as the service finds and ranks them."""
    photos, ranked = _GalleryPhotos.of(gallery), []
    starts = range(0, len(queries.labels), QUERIES_PER_BLOCK)
    for start in progress.track(starts, description="searching"):
        block = slice(start, start + QUERIES_PER_BLOCK)
        vectors, labels = queries.vectors[block], queries.labels[block]
        cosines = vectors @ gallery.arrays.vectors.T
        for near, own, label in zip(nearest_to(gallery, vectors), cosines, labels, strict=True):
            ranked.append(RankedQuery(str(label), tuple(near), photos.average_precision(own, str(label))))
    return ranked


def compute_figures(
    ranked: Sequence[RankedQuery], labels: int, groups: Mapping[str, str], tuned: Collection[str] | None = None
) -> dict[str, object]:
    """Top-1, top-5 and mean average precision in a gallery of so many labels.

    Top-1 and top-5 are of products in the service's ranking (`recognition.product_ranking`). `map` is of photos: the
    mean over queries of the average precision of the photos of the query's product (with one photo: the mean of
    1/rank). `n_absent` counts queries of products without a reference; no other figure includes them. Equal scores
    count against the query. `by_group` has the figures of each group in `groups`, which gives the group of a product.
    With `tuned`, the products an embedder was tuned on, `by_tuning` has the figures of those and of the others.
    """
    present = [one for one in ranked if one.precision is not None]
    names = sorted({groups[one.label] for one in present if groups.get(one.label)})
    figures: dict[str, object] = {
        **_summary(present),
        "n_labels": labels,
        "n_absent": len(ranked) - len(present),
        "by_group": {name: _summary([one for one in present if groups.get(one.label) == name]) for name in names},
    }
    if tuned is not None:
        figures["by_tuning"] = {
            "tuned": _summary([one for one in present if one.label in tuned]),
            "unseen": _summary([one for one in present if one.label not in tuned]),
        }
    return figures


def product_groups(entries: Sequence[Entry]) -> dict[str, str]:
    """The group of each product that has one."""
    return {entry.product_id: entry.group for entry in entries if entry.group}


def average_precision(scores: Floats, right: NDArray[np.bool_]) -> float:
    """The average precision of the `right` ones among scores [R], higher is nearer; equal wrong ones come first."""
    order = np.lexsort((right, -scores))
    hits = np.flatnonzero(right[order]) + 1
    return float((np.arange(1, len(hits) + 1) / hits).mean())


@dataclass(frozen=True, slots=True)
class _GalleryPhotos:
    """The first row of each photo among a gallery's arrays, and the photo's product."""

    starts: NDArray[np.int64]
    products: NDArray[np.str_]

    @classmethod
    def of(cls, gallery: MemoryGallery) -> _GalleryPhotos:
        rows = gallery.arrays.rows
        keys = np.array([photo_id_of_row(row.reference_id) for row in rows], str)
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]][: len(keys)])
        return cls(starts, np.array([rows[n].product_id for n in starts], str))

    def average_precision(self, cosines: Floats, label: str) -> float | None:
        """The average precision of a product's photos, each at its best rotation; None if it has no photo."""
        right = self.products == label
        return average_precision(np.maximum.reduceat(cosines, self.starts), right) if right.any() else None


def _summary(ranked: Sequence[RankedQuery]) -> dict[str, object]:
    if not ranked:
        return {"top1": None, "top5": None, "map": None, "n_queries": 0}
    ranks = np.array([one.rank for one in ranked])
    return {
        "top1": float((ranks <= 1).mean()),
        "top5": float((ranks <= 5).mean()),
        "map": float(np.mean([one.precision for one in ranked if one.precision is not None])),
        "n_queries": len(ranked),
    }
