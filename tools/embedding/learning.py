"""The crops a whitening is learned from, several views of each object, and their features."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from rich.progress import Progress

import inference
from embedding.views import counter_crop, counter_pair, reference_crops, shop_crop
from evaluation.inprocess import LocalSegmenter
from segmentation.coco import parsed
from store.catalogue.assortment import LABELS_PER_BLOCK
from store.products import describe, render
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidInput
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.letterbox import letterbox
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.recognition.instance_separation import separate_instances

Views = Iterator[tuple[int, Pixels]]
"""(object, crop uint8 [size, size, 3]), several of each object."""

BATCH = 8
PHOTO_SEED = 12
RANGE_SEED = 1
RANGE_LABELS = range(0, 240, 5)
"""Of the store; a stride that meets packs of every form."""


def photo_crops(photos: Sequence[Path], size: int, progress: Progress) -> Views:
    """Each photo whole, and once as another of a shop's customers may have taken it. The object is its place."""
    random = np.random.default_rng(PHOTO_SEED)
    for index, path in enumerate(progress.track(photos, description="photos")):
        pixels = decode_photo(path.read_bytes(), PhotoLimits()).pixels
        yield index, crop_polygon(pixels, rectangle_polygon(0, 0, pixels.shape[1], pixels.shape[0]), size)
        yield index, shop_crop(pixels, size, random)


def product_crops(products: int, views: int, size: int, seed: int, progress: Progress) -> Views:
    """Labels 0, 1, ... of the store grown from `seed`: `views` individuals on a counter, each with its reference.

    The reference lies as the individual does. A block of labels, twins among them, is laid and lit alike, so that
    nothing but the products themselves tells them apart.
    """
    for label in progress.track(range(products), description="products"):
        spec = describe(label, seed)
        reference = render(spec)
        for view in range(views):
            random = np.random.default_rng([seed, label // LABELS_PER_BLOCK, view])
            for pixels in counter_pair(render(spec, view_seed=view + 1), reference, size, random):
                yield label, pixels


def scene_crops(folder: Path, segmenter: Path, size: int, seed: int, progress: Progress) -> Views:
    """What a segmenter finds in the store's scenes in `folder`, and of each product found the reference at four
    rotations. The object is the label of the store grown from `seed`.

    An object found is the annotated one that it shares more than half of their union with; others are left out.
    """
    document = parsed(folder / "annotations.json")
    labels = {entry["id"]: int(entry["name"].removeprefix("p")) for entry in document["categories"]}
    truth: dict[int, list[tuple[int, NDArray[np.bool_]]]] = {}
    for entry in document["annotations"]:
        shown = np.asarray(coco_mask.decode(entry["segmentation"]), bool)
        truth.setdefault(entry["image_id"], []).append((labels[entry["category_id"]], shown))
    network = LocalSegmenter(segmenter)
    seen: set[int] = set()
    for image in progress.track(document["images"], description="scenes"):
        photo = decode_photo((folder / "images" / image["file_name"]).read_bytes(), PhotoLimits())
        fitted, placement = letterbox(photo.pixels, *network.input_size)
        for found in separate_instances(network.maps(fitted), placement):
            mask = np.zeros((photo.height, photo.width), np.uint8)
            cv2.fillPoly(mask, [np.round(np.asarray(found.polygon)).astype(np.int32)], (1,))
            for label, shown in truth.get(image["id"], []):
                if (shown & (mask > 0)).sum() > 0.5 * (shown | (mask > 0)).sum():
                    seen.add(label)
                    yield label, crop_polygon(photo.pixels, found.polygon, size)
    for label in progress.track(sorted(seen), description="references"):
        for pixels in reference_crops(render(describe(label, seed)), size, 4):
            yield label, pixels


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
    compiled = inference.compiled(model)
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


def photo_paths(manifest: Path) -> list[Path]:
    """The images a MANIFEST.csv names; raises InvalidInput where it names none."""
    if not manifest.is_file():
        raise InvalidInput(f"{manifest} is no file: name a MANIFEST.csv with a column `image`")
    with manifest.open(encoding="utf-8", newline="") as file:
        images = [row.get("image") for row in csv.DictReader(file)]
    if not images or not all(images):
        raise InvalidInput(f"{manifest} names no images: it needs a column `image`, filled in every row")
    return [manifest.parent / str(image) for image in images]
