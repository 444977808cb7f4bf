"""A shop's labelled photos as the frozen layers of `vgg` compute them, once, and kept on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from rich.progress import Progress

from embedding.exported_model import ExportedEmbedder
from embedding.graph import INPUT, build_graph
from embedding.simulated_photos import shop_crop
from evaluation.manifests import Entry
from runtime.openvino_model import compile_model
from tillsight.domain.arrays import Floats, Pixels
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.polygons import rectangle_polygon

LAST_BLOCK = 4
LAST_FROZEN = "conv4_2"
"""The last frozen convolution. The next one, conv4_3, is tuned."""
SAVE_EVERY = 64


@dataclass(frozen=True, slots=True)
class FrozenFeatures:
    """The input of the tuned layers, for P photos and V views of each; view 0 is the photo without changes.

    `maps` uint8 [P, V, 512, S/8, S/8], times `scale`, are the activations after LAST_FROZEN. `pooled` float32
    [P, V, 256] are the pooled values of block 3.
    """

    maps: Pixels
    pooled: Floats
    scale: float


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of photos: to train on, for validation, and of the classes that are held out entirely."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    unseen: NDArray[np.int64]


def split_photos(labels: Sequence[str], unseen_share: float, seed: int) -> Split:
    """Hold out whole classes by their share, and of each other class one photo in eight for validation.

    A class of three photos or more has at least one validation photo, a smaller class none.
    """
    random = np.random.default_rng(seed)
    names = np.array(labels)
    classes = random.permutation(np.unique(names))
    unseen_classes = set(classes[: round(unseen_share * len(classes))])
    validation: list[int] = []
    for name in classes:
        if name not in unseen_classes:
            photos = random.permutation(np.flatnonzero(names == name))
            validation += photos[: max(1, len(photos) // 8) if len(photos) >= 3 else 0].tolist()
    unseen = np.isin(names, list(unseen_classes))
    validated = np.zeros(len(names), bool)
    validated[validation] = True
    return Split(np.flatnonzero(~unseen & ~validated), np.flatnonzero(validated), np.flatnonzero(unseen))


def frozen_features(
    folder: Path, entries: Sequence[Entry], embedder: ExportedEmbedder, views: int, seed: int, progress: Progress
) -> FrozenFeatures:
    """Compute the features, or read them from `folder`. An interrupted computation continues where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    side = embedder.size // 2 ** (LAST_BLOCK - 1)
    wide, narrow = (embedder.convolutions.layers[number][0].shape[0] for number in (8, 6))
    maps = _array_file(folder / "maps.npy", (len(entries), views, wide, side, side), np.uint8)
    pooled = _array_file(folder / "pooled.npy", (len(entries), views, narrow), np.float32)
    scale = embedder.convolutions.peaks[8] / 255
    count_file = folder / "photos.json"
    done = json.loads(count_file.read_text()) if count_file.is_file() else 0
    compute = _frozen_layers(embedder)
    task = progress.add_task("frozen layers", total=len(entries), completed=done)
    for index in range(done, len(entries)):
        photo = decode_photo(entries[index].image.read_bytes(), PhotoLimits()).pixels
        activations, unit = compute(_photo_views(photo, embedder.size, views, np.random.default_rng((seed, index))))
        maps[index] = (activations / scale).round().astype(np.uint8)
        pooled[index] = unit
        if index % SAVE_EVERY == SAVE_EVERY - 1 or index == len(entries) - 1:
            maps.flush()
            pooled.flush()
            count_file.write_text(json.dumps(index + 1))
        progress.advance(task)
    return FrozenFeatures(maps, pooled, scale)


def _photo_views(photo: Pixels, size: int, views: int, random: np.random.Generator) -> Pixels:
    whole = crop_polygon(photo, rectangle_polygon(0, 0, photo.shape[1], photo.shape[0]), size)
    return np.stack([whole, *(shop_crop(photo, size, random) for _ in range(views - 1))])


def _array_file(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> np.memmap:
    if path.is_file():
        existing = np.lib.format.open_memmap(path, mode="r+")
        if existing.shape == shape and existing.dtype == dtype:
            return existing
        path.with_name("photos.json").unlink(missing_ok=True)  # of other photos or another size: start again
    return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)


def _frozen_layers(embedder: ExportedEmbedder) -> Callable[[Pixels], tuple[Floats, Floats]]:
    """uint8 crops -> (activations after LAST_FROZEN, pooled values of block 3), computed by OpenVINO."""
    model = build_graph(embedder.convolutions, embedder.size, embedder.poolings)
    names = [f"{LAST_FROZEN}.rounded", "gem0_block3.unit"]
    del model.graph.output[:]
    for name in names:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    compiled = compile_model(model)

    def run(crops: Pixels) -> tuple[Floats, Floats]:
        results = compiled({INPUT: crops})
        return np.array(results[names[0]]), np.array(results[names[1]])

    return run
