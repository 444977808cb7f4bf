"""The crops a whitening is learned from, several views of each object, and their features."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
import openvino
from numpy.typing import NDArray
from rich.progress import Progress
from store.products import describe, render
from tillsight.errors import InvalidInput
from tillsight.imaging import PhotoLimits, Pixels, decode

from embedding.views import counter_crop, reference_crops, shop_crop

BATCH = 8


def learning_crops(
    photos: Path | None, products: int, views: int, size: int, seed: int, progress: Progress
) -> Iterator[tuple[int, Pixels]]:
    """(object, crop uint8 [size, size, 3]), `views` of each: the manifest's photos, then store products.

    A photo is shown as a shop's customer may take it; a product once upright, else lying on a counter.
    Products are labels 0, 1, ... of the store grown from `seed`.
    """
    random = np.random.default_rng(seed)
    paths = _paths(photos) if photos is not None else []
    for index, path in enumerate(progress.track(paths, description="photos")):
        pixels = decode(path.read_bytes(), PhotoLimits()).pixels
        for _ in range(views):
            yield index, shop_crop(pixels, size, random)
    for label in progress.track(range(products), description="products"):
        drawn = render(describe(label, seed))
        yield len(paths) + label, reference_crops(drawn, size, 1)[0]
        for _ in range(views - 1):
            yield len(paths) + label, counter_crop(drawn, size, random)


def features_of(
    model: onnx.ModelProto, crops: Iterable[tuple[int, Pixels]]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """What an unwhitened graph makes of all crops: vectors fp32 [N, F], and the object [N] of each."""
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model.SerializeToString(), "CPU", options)
    vectors: list[NDArray[np.float32]] = []
    objects: list[int] = []
    waiting: list[Pixels] = []

    def run() -> None:
        vectors.append(np.array(compiled(np.stack(waiting))[0]))
        waiting.clear()

    for index, pixels in crops:
        objects.append(index)
        waiting.append(pixels)
        if len(waiting) == BATCH:
            run()
    if waiting:
        run()
    if not vectors:
        raise InvalidInput("there is nothing to learn a whitening from: name photos or a number of products")
    return np.concatenate(vectors), np.array(objects, np.int64)


def _paths(manifest: Path) -> list[Path]:
    if not manifest.is_file():
        raise InvalidInput(f"{manifest} is no file: name a MANIFEST.csv with a column `image`")
    with manifest.open(encoding="utf-8", newline="") as file:
        return [manifest.parent / row["image"] for row in csv.DictReader(file)]
