"""The crops a whitening is learned from, several views of each object, and their features."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import openvino
from numpy.typing import NDArray
from rich.progress import Progress

from embedding.views import counter_crop, reference_crops, shop_crop
from store.products import describe, render
from tillsight.errors import InvalidInput
from tillsight.imaging import PhotoLimits, Pixels, decode

BATCH = 8
RANGE_SEED = 1
RANGE_LABELS = range(0, 240, 5)
"""Of the store; a stride that meets packs of every form."""


def learning_crops(
    photos: Sequence[Path], products: int, views: int, size: int, seed: int, progress: Progress
) -> Iterator[tuple[int, Pixels]]:
    """(object, crop uint8 [size, size, 3]), `views` of each object: the photos first, then store products.

    A photo is shown as a shop's customer may take it; a product once as its reference, then other individuals
    of it lying on a counter. Products are labels 0, 1, ... of the store grown from `seed`.
    """
    random = np.random.default_rng(seed)
    for index, path in enumerate(progress.track(photos, description="photos")):
        pixels = decode(path.read_bytes(), PhotoLimits()).pixels
        for _ in range(views):
            yield index, shop_crop(pixels, size, random)
    for label in progress.track(range(products), description="products"):
        spec = describe(label, seed)
        yield len(photos) + label, reference_crops(render(spec), size, 1)[0]
        for view in range(1, views):
            yield len(photos) + label, counter_crop(render(spec, view_seed=view), size, random)


def range_crops(size: int) -> Pixels:
    """Crops uint8 [64, size, size, 3] that set the range of eight-bit activations, the same at every call.

    Products on a counter, and for one in three the reference as well.
    """
    random = np.random.default_rng(5)
    laid = [counter_crop(render(describe(label, RANGE_SEED)), size, random) for label in RANGE_LABELS]
    upright = RANGE_LABELS[: len(RANGE_LABELS) // 3]
    return np.stack(laid + [reference_crops(render(describe(label, RANGE_SEED)), size, 1)[0] for label in upright])


def features_of(
    model: onnx.ModelProto, crops: Iterable[tuple[int, Pixels]]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """What an unwhitened graph makes of all crops: vectors fp32 [N, F], and the object [N] of each."""
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(io.BytesIO(model.SerializeToString())), "CPU", options)
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


def photo_paths(manifest: Path, every: int) -> list[Path]:
    """The images a MANIFEST.csv names, each `every`th of them; raises InvalidInput where it names none."""
    if not manifest.is_file():
        raise InvalidInput(f"{manifest} is no file: name a MANIFEST.csv with a column `image`")
    with manifest.open(encoding="utf-8", newline="") as file:
        images = [row.get("image") for row in csv.DictReader(file)]
    if not images or not all(images):
        raise InvalidInput(f"{manifest} names no images: it needs a column `image`, filled in every row")
    return [manifest.parent / str(image) for image in images[::every]]
