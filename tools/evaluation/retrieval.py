"""How often the embedder's nearest reference is of the right product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from evaluation import models
from evaluation.manifests import Entry
from tillsight.errors import InvalidManifest, InvalidPhoto
from tillsight.imaging import Photo, PhotoLimits, Pixels, crop, decode, outline, rectangle

Array = NDArray[np.float32]

BATCH = 16
QUERIES_AT_ONCE = 256
CUTOUT_ROTATIONS = 8
"""A cut-out may lie at any angle on a counter; a whole photo is compared as it stands."""


def evaluate(
    gallery: Sequence[Entry],
    queries: Sequence[Entry],
    model_dir: Path,
    rotations: int | None,
    progress: Progress,
) -> dict[str, object]:
    """The figures of `figures` for photos embedded by `model_dir`, each photo as one region.

    A photo with transparency is cut out by it and, as a reference, embedded at 8 rotations; any other is
    taken whole, upright. `rotations` overrides that for every reference.
    """
    model, size = models.load(model_dir), int(models.parameter(model_dir, "crop_size"))
    reference_vectors, owners = _embed(gallery, model, size, rotations, progress, "references")
    query_vectors, _ = _embed(queries, model, size, 1, progress, "queries")
    labels = np.array([entry.product_id for entry in gallery])
    groups = {entry.product_id: entry.group for entry in gallery if entry.group}
    scores = best_rotation(query_vectors, reference_vectors, owners, len(gallery))
    return figures(scores, labels, np.array([entry.product_id for entry in queries]), groups)


def best_rotation(queries: Array, references: Array, owners: NDArray[np.int64], count: int) -> Array:
    """Cosine [Q, count] of each query [Q, D] to each photo: its best vector among `references` [R, D].

    `owners` [R], ascending, says which photo, 0..count-1, a vector is of; each photo has at least one.
    """
    starts = np.searchsorted(owners, np.arange(count))
    blocks = [queries[start : start + QUERIES_AT_ONCE] for start in range(0, len(queries), QUERIES_AT_ONCE)]
    if not blocks or not count:
        return np.zeros((len(queries), count), np.float32)
    return np.concatenate([np.maximum.reduceat(block @ references.T, starts, axis=1) for block in blocks])


def figures(
    scores: Array,
    reference_labels: NDArray[np.str_],
    query_labels: NDArray[np.str_],
    groups: Mapping[str, str],
) -> dict[str, object]:
    """Top-1, top-5 and mean average precision of `scores` [Q, R], higher being nearer.

    Top-1 and top-5 rank products, each by its best reference. `map` ranks references: the mean over queries
    of the average precision of those of the query's product (with one reference each: the mean of 1/rank).
    Queries of a product without a reference are counted in `n_absent` and left out of all else. Equal scores
    rank against the query. `groups` gives a product's group for `by_group`.
    """
    products, owners = np.unique(reference_labels, return_inverse=True)
    present = np.isin(query_labels, products)
    ranks, precisions = [], []
    for row, label in zip(scores[present], query_labels[present], strict=True):
        right = reference_labels == label
        own_best = row[right].max()
        best = np.full(len(products), -np.inf, np.float32)
        np.maximum.at(best, owners, row)
        ranks.append(int((best[products != label] >= own_best).sum()) + 1)
        precisions.append(_average_precision(row, right))
    rank, precision = np.array(ranks), np.array(precisions)
    of_query = np.array([groups.get(label, "") for label in query_labels[present]])
    return {
        **_summary(rank, precision),
        "n_labels": len(products),
        "n_absent": int((~present).sum()),
        "by_group": {
            str(group): _summary(rank[of_query == group], precision[of_query == group])
            for group in np.unique(of_query[of_query != ""])
        },
    }


def _average_precision(row: Array, right: NDArray[np.bool_]) -> float:
    order = np.lexsort((right, -row))  # among equals the wrong ones first
    hits = np.flatnonzero(right[order]) + 1
    return float((np.arange(1, len(hits) + 1) / hits).mean())


def _summary(rank: NDArray[np.int64], precision: NDArray[np.float64]) -> dict[str, object]:
    if not len(rank):
        return {"top1": None, "top5": None, "map": None, "n_queries": 0}
    return {
        "top1": float((rank <= 1).mean()),
        "top5": float((rank <= 5).mean()),
        "map": float(precision.mean()),
        "n_queries": len(rank),
    }


def _embed(
    entries: Sequence[Entry],
    model: models.Model,
    size: int,
    rotations: int | None,
    progress: Progress,
    what: str,
) -> tuple[Array, NDArray[np.int64]]:
    """Vectors [R, D] of all photos at all rotations, in order, and which entry [R] each is of."""
    vectors: list[Array] = []
    owners: list[int] = []
    waiting: list[Pixels] = []
    for index, entry in enumerate(progress.track(entries, description=f"embedding {what}")):
        turned = _crops(entry, size, rotations)
        waiting += turned
        owners += [index] * len(turned)
        if len(waiting) >= BATCH or index == len(entries) - 1:
            vectors.append(model(np.stack(waiting))["embedding"].astype(np.float32))
            waiting = []
    stacked = np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32)
    return stacked, np.array(owners, np.int64)


def _crops(entry: Entry, size: int, rotations: int | None) -> list[Pixels]:
    try:
        photo = decode(entry.image.read_bytes(), PhotoLimits())
    except (OSError, InvalidPhoto) as error:
        raise InvalidManifest(f"{entry.image} (product {entry.product_id!r}) cannot be used: {error}") from error
    contour = _contour(photo)
    turns = rotations or (CUTOUT_ROTATIONS if contour else 1)
    region = contour or rectangle(0, 0, photo.width, photo.height)
    return [crop(photo.pixels, region, size, 360 * turn / turns) for turn in range(turns)]


def _contour(photo: Photo) -> tuple[tuple[float, float], ...] | None:
    return None if photo.alpha is None else outline(photo.alpha)
