"""A shop's labelled photos as the frozen layers of `vgg` see them, computed once and kept on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from rich.progress import Progress

import inference
from embedding.graph import INPUT, build_graph
from embedding.stored import StoredEmbedder
from embedding.views import shop_crop
from evaluation.manifests import Entry
from tillsight.domain.arrays import Pixels
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.polygons import rectangle_polygon

LAST_BLOCK = 4
CUT, TUNED = "conv4_2", "conv4_3"
"""The last frozen convolution, and the tuned one: the last."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is put into the tuned layers, for each photo and view of it; view 0 is the photo as it stands.

    `maps` uint8 [P, V, 512, S/8, S/8], times `scale` the activations after CUT; `pooled` fp32 [P, V, 256], block 3.
    """

    maps: NDArray[np.uint8]
    pooled: NDArray[np.float32]
    scale: float


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of photos: learnt from, held out to choose by, and those of classes kept out altogether."""

    learnt: NDArray[np.int64]
    held: NDArray[np.int64]
    unseen: NDArray[np.int64]


def split(labels: Sequence[str], unseen_share: float, seed: int) -> Split:
    """One photo in eight of each class is held out, one at least where it has three; whole classes by their share."""
    random = np.random.default_rng(seed)
    names = np.array(labels)
    classes = random.permutation(np.unique(names))
    unseen = set(classes[: round(unseen_share * len(classes))])
    held: list[int] = []
    for name in classes:
        if name not in unseen:
            photos = random.permutation(np.flatnonzero(names == name))
            held += photos[: max(1, len(photos) // 8) if len(photos) >= 3 else 0].tolist()
    out = np.isin(names, list(unseen))
    chosen = np.zeros(len(names), bool)
    chosen[held] = True
    return Split(np.flatnonzero(~out & ~chosen), np.flatnonzero(chosen), np.flatnonzero(out))


def frozen(
    folder: Path, entries: Sequence[Entry], embedder: StoredEmbedder, views: int, seed: int, progress: Progress
) -> Frozen:
    """Compute, or take from `folder`, what the tuned layers are given; an interrupted run goes on where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    side = embedder.size // 2 ** (LAST_BLOCK - 1)
    wide, narrow = (embedder.convolutions.layers[number][0].shape[0] for number in (8, 6))
    maps = _memory(folder / "maps.npy", (len(entries), views, wide, side, side), np.uint8)
    pooled = _memory(folder / "pooled.npy", (len(entries), views, narrow), np.float32)
    scale = embedder.convolutions.peaks[8] / 255
    progressed = folder / "photos.json"
    done = json.loads(progressed.read_text()) if progressed.is_file() else 0
    compiled = _compiled(embedder)
    task = progress.add_task("frozen layers", total=len(entries), completed=done)
    for index in range(done, len(entries)):
        photo = decode_photo(entries[index].image.read_bytes(), PhotoLimits()).pixels
        activations, unit = compiled(_views(photo, embedder.size, views, np.random.default_rng((seed, index))))
        maps[index] = (activations / scale).round().astype(np.uint8)
        pooled[index] = unit
        if index % 64 == 63 or index == len(entries) - 1:
            maps.flush()
            pooled.flush()
            progressed.write_text(json.dumps(index + 1))
        progress.advance(task)
    return Frozen(maps, pooled, scale)


def _views(photo: Pixels, size: int, views: int, random: np.random.Generator) -> Pixels:
    whole = crop_polygon(photo, rectangle_polygon(0, 0, photo.shape[1], photo.shape[0]), size)
    return np.stack([whole, *(shop_crop(photo, size, random) for _ in range(views - 1))])


def _memory(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> np.memmap:
    if path.is_file():
        kept = np.lib.format.open_memmap(path, mode="r+")
        if kept.shape == shape and kept.dtype == dtype:
            return kept
        path.with_name("photos.json").unlink(missing_ok=True)  # of another list or size: begin again
    return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)


def _compiled(embedder: StoredEmbedder):  # type: ignore[no-untyped-def]
    """uint8 crops -> (activations after CUT, block 3 pooled), by OpenVINO."""
    model = build_graph(embedder.convolutions, embedder.size, embedder.poolings)
    names = [f"{CUT}.rounded", "gem0_block3.unit"]
    del model.graph.output[:]
    for name in names:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    compiled = inference.compiled(model)

    def run(crops: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        results = compiled({INPUT: crops})
        return np.array(results[names[0]]), np.array(results[names[1]])

    return run
