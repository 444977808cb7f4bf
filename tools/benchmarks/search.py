"""Crops that the segmenter cut from counter photos, searched in a gallery on a Milvus server and exactly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.servers import milvus
from evaluation import scenes
from evaluation.inprocess import LocalEmbedder, LocalSegmenter, MemoryGallery
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.client.parquet import GalleryFile
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput, Unavailable
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.imaging.crops import crop_instances
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.instances import find_instances
from tillsight.recognition.stopwatch import Stopwatch
from tillsight.rpc.gallery_converters import rows_from

PRODUCTS = 5
WRITTEN_AT_ONCE = 1000
WRITE_S, INDEX_S, SEARCH_S = 120.0, 600.0, 30.0
ALIAS = "gallery"
TWIN = "twin_of"


@dataclass(frozen=True, slots=True)
class _Made:
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo's crops: unit vectors fp32 [N, D], and the product of each."""

    vectors: NDArray[np.float32]
    labels: tuple[str, ...]


def gallery_of(file: GalleryFile, fingerprint: str) -> MemoryGallery:
    """The rows of an exported gallery; raises InvalidInput where another embedder made them."""
    if file.header.embedder_fingerprint != fingerprint:
        raise InvalidInput(f"{file.path} holds vectors of {file.header.embedder_fingerprint}, this is {fingerprint}")
    return MemoryGallery(row for page in file.pages() for row in rows_from(page))


def asked(
    photos: Sequence[scenes.Scene], segmenter: Path, embedder: Path, known: set[str], step: Callable[[], None]
) -> list[Asked]:
    """What is searched for: of each photo the objects found whose product is in the gallery."""
    network, embed = LocalSegmenter(segmenter), LocalEmbedder(embedder)
    everything = []
    for scene in photos:
        photo = decode_photo(scene.path.read_bytes(), PhotoLimits())
        found = asyncio.run(find_instances(photo, network, Deadline.after(SEARCH_S), Stopwatch()))
        shape = (photo.height, photo.width)
        owners = scenes.match([one.polygon for one in found], scene.masks(shape), shape).owners
        kept = [
            (one, scene.labels[owner])
            for one, owner in zip(found, owners, strict=True)
            if owner is not None and scene.labels[owner] in known
        ]
        crops = crop_instances(photo, [one for one, _ in kept], embed.crop_size)
        vectors = asyncio.run(embed.embed(crops, Deadline.after(SEARCH_S)))
        everything.append(Asked(vectors, tuple(label for _, label in kept)))
        step()
    return [one for one in everything if one.labels]


def measure(
    folder: Path, kind: str, gallery: MemoryGallery, fingerprint: str, queries: Sequence[Asked]
) -> dict[str, float]:
    """Figures of one kind of Milvus server, beside the exact search of the same rows."""
    with milvus(kind, folder) as server:
        return asyncio.run(_searched(server.uri, list(gallery.rows.values()), gallery, fingerprint, queries))


async def _searched(
    uri: str, rows: Sequence[GalleryRow], exact: MemoryGallery, fingerprint: str, queries: Sequence[Asked]
) -> dict[str, float]:
    rotations = len({row.degrees for row in rows})
    galleries = MilvusVersions(MilvusCalls(uri), ALIAS, "", rotations)
    await galleries.ping(Deadline.after(WRITE_S))
    made = _Made(fingerprint, len(rows[0].vector))
    served = await galleries.found("", made, rotations, Deadline.after(WRITE_S))
    begun = time.perf_counter()
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        await served.upsert(rows[start : start + WRITTEN_AT_ONCE], Deadline.after(WRITE_S))
    await galleries.index(served.version, Deadline.after(INDEX_S))
    loaded = time.perf_counter() - begun
    milliseconds, answers, truth, same = [], [], [], []
    failed = 0
    for one in queries:
        begun = time.perf_counter()
        try:
            near = await served.search(one.vectors, "", PRODUCTS, Deadline.after(SEARCH_S))
        except Unavailable:  # Milvus Lite stands still once, soon after so many rows came
            failed += 1
            await galleries.ping(Deadline.after(WRITE_S))
            near = await served.search(one.vectors, "", PRODUCTS, Deadline.after(SEARCH_S))
        milliseconds.append((time.perf_counter() - begun) * 1000)
        best = await exact.search(one.vectors, "", PRODUCTS, Deadline.after(SEARCH_S))
        same += [_shared(*pair) for pair in zip(near, best, strict=True)]
        answers += [[match.product_id for match in matches] for matches in near]
        truth += list(one.labels)
    twins = {row.product_id for row in rows if row.attributes.get(TWIN)}
    right = np.array([found[:1] == [label] for found, label in zip(answers, truth, strict=True)])
    has_twin = np.array([label in twins for label in truth])
    return {
        "rows": len(rows),
        "products": len({row.product_id for row in rows}),
        "queries": len(truth),
        "top1": float(right.mean()),
        "top5": float(np.mean([label in found for found, label in zip(answers, truth, strict=True)])),
        "top1_near_twins": float(right[has_twin].mean()) if has_twin.any() else float("nan"),
        "index_recall": float(np.mean(same)),
        "crops_a_search": float(np.mean([len(one.labels) for one in queries])),
        "search_ms": float(np.median(milliseconds)),
        "search_ms_p95": float(np.quantile(milliseconds, 0.95)),
        "load_s": loaded,
        "failed": failed,
    }


def _shared(found: Sequence[Match], exact: Sequence[Match]) -> float:
    """The share of the exact search's products that the server's has too."""
    return len({one.product_id for one in found} & {one.product_id for one in exact}) / max(len(exact), 1)
