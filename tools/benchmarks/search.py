"""Crops from counter photos, searched in a gallery on a Milvus server and compared with the exact search."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.servers import milvus
from evaluation import scenes
from evaluation.local_models import LocalEmbedder, LocalSegmenter
from evaluation.manifests import CONFUSABLE_ATTRIBUTE
from evaluation.memory_gallery import MemoryGallery
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.client.parquet import GalleryFile
from tillsight.domain.arrays import Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput, Unavailable
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.imaging.crops import crop_instances
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.instances import find_instances
from tillsight.recognition.product_ranking import nearest_products
from tillsight.recognition.stopwatch import Stopwatch
from tillsight.rpc.gallery_converters import rows_from

PRODUCTS = 5
ROWS_PER_WRITE = 1000
WRITE_S, INDEX_S, SEARCH_S = 120.0, 600.0, 30.0
ALIAS = "gallery"
STORE = ""


@dataclass(frozen=True, slots=True)
class EmbedderDescription:
    """What a new gallery version needs to know about its embedder."""

    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class PhotoQueries:
    """The crops of one photo: unit vectors float32 [N, D], and the product of each."""

    vectors: Vectors
    labels: tuple[str, ...]


def read_gallery(file: GalleryFile, fingerprint: str) -> MemoryGallery:
    """The rows of an exported gallery. Raises InvalidInput if another embedder made them."""
    if file.header.embedder_fingerprint != fingerprint:
        raise InvalidInput(
            f"{file.path} has vectors of embedder {file.header.embedder_fingerprint}, but this embedder is "
            f"{fingerprint}: give its own export"
        )
    return MemoryGallery(row for page in file.pages() for row in rows_from(page))


def make_queries(
    photos: Sequence[scenes.CounterScene],
    segmenter: Path,
    embedder: Path,
    products: set[str],
    step: Callable[[], None],
) -> list[PhotoQueries]:
    """For each photo, the found objects whose product is among `products`; photos without any are left out."""
    network, embed = LocalSegmenter(segmenter), LocalEmbedder(embedder)
    queries = []
    for scene in photos:
        photo = decode_photo(scene.path.read_bytes(), PhotoLimits())
        found = asyncio.run(find_instances(photo, network, Deadline.after(SEARCH_S), Stopwatch()))
        shape = (photo.height, photo.width)
        owners = scenes.match([one.polygon for one in found], scene.masks(shape), shape).owners
        kept = [
            (one, scene.labels[owner])
            for one, owner in zip(found, owners, strict=True)
            if owner is not None and scene.labels[owner] in products
        ]
        crops = crop_instances(photo.pixels, [one for one, _ in kept], embed.crop_size)
        vectors = asyncio.run(embed.embed(crops, Deadline.after(SEARCH_S)))
        queries.append(PhotoQueries(vectors, tuple(label for _, label in kept)))
        step()
    return [one for one in queries if one.labels]


def measure(
    folder: Path, kind: str, gallery: MemoryGallery, fingerprint: str, queries: Sequence[PhotoQueries]
) -> dict[str, float]:
    """Figures of one kind of Milvus server, compared with the exact search of the same rows."""
    with milvus(kind, folder) as server:
        return asyncio.run(_measure(server.uri, gallery, fingerprint, queries))


async def _measure(
    uri: str, exact: MemoryGallery, fingerprint: str, queries: Sequence[PhotoQueries]
) -> dict[str, float]:
    rows = list(exact.rows.values())
    rotations = len({row.degrees for row in rows})
    versions = MilvusVersions(MilvusCalls(uri), ALIAS, "", rotations)
    await versions.ping(Deadline.after(WRITE_S))
    embedder = EmbedderDescription(fingerprint, len(rows[0].vector))
    served = await versions.create_first("", embedder, rotations, Deadline.after(WRITE_S))
    started = time.perf_counter()
    for start in range(0, len(rows), ROWS_PER_WRITE):
        await served.upsert(rows[start : start + ROWS_PER_WRITE], Deadline.after(WRITE_S))
    await versions.index(served.version, Deadline.after(INDEX_S))
    loaded = time.perf_counter() - started
    milliseconds, answers, truth, recall = [], [], [], []
    failed = 0
    for one in queries:
        started = time.perf_counter()
        try:
            near = await nearest_products(served, one.vectors, STORE, PRODUCTS, Deadline.after(SEARCH_S))
        except Unavailable:  # Milvus Lite does not answer for a while, once, soon after so many rows were written
            failed += 1
            await versions.ping(Deadline.after(WRITE_S))
            near = await nearest_products(served, one.vectors, STORE, PRODUCTS, Deadline.after(SEARCH_S))
        milliseconds.append((time.perf_counter() - started) * 1000)
        best = await nearest_products(exact, one.vectors, STORE, PRODUCTS, Deadline.after(SEARCH_S))
        recall += [_shared(*pair) for pair in zip(near, best, strict=True)]
        answers += [[match.product_id for match in matches] for matches in near]
        truth += list(one.labels)
    return _figures(rows, answers, truth) | {
        "index_recall": float(np.mean(recall)),
        "crops_per_search": float(np.mean([len(one.labels) for one in queries])),
        "search_ms": float(np.median(milliseconds)),
        "search_ms_p95": float(np.quantile(milliseconds, 0.95)),
        "load_s": loaded,
        "failed": failed,
    }


def _figures(rows: Sequence[GalleryRow], answers: Sequence[Sequence[str]], truth: Sequence[str]) -> dict[str, float]:
    """How often the nearest products, best first, have the right one."""
    confusable = {row.product_id for row in rows if row.attributes.get(CONFUSABLE_ATTRIBUTE)}
    right = np.array([list(found[:1]) == [label] for found, label in zip(answers, truth, strict=True)])
    has_confusable = np.array([label in confusable for label in truth])
    return {
        "rows": len(rows),
        "products": len({row.product_id for row in rows}),
        "queries": len(truth),
        "top1": float(right.mean()),
        "top5": float(np.mean([label in found for found, label in zip(answers, truth, strict=True)])),
        "top1_confusable": float(right[has_confusable].mean()) if has_confusable.any() else float("nan"),
    }


def _shared(found: Sequence[Match], exact: Sequence[Match]) -> float:
    """The share of the exact search's products that the server's search has too."""
    return len({one.product_id for one in found} & {one.product_id for one in exact}) / max(len(exact), 1)
