"""The crops that a whitening learns from, several of each object, and those that set the range of eight-bit values."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from pycocotools import mask as coco_mask
from rich.progress import Progress

from embedding.simulated_photos import counter_crop, counter_pair, reference_crops, shop_crop
from evaluation.local_models import LocalSegmenter
from segmentation.arrays import Mask
from segmentation.coco import read_document
from store.catalogue.assortment import LABELS_PER_BLOCK
from store.products import describe, render
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidInput
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.letterbox import letterbox
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.recognition.instance_separation import separate_instances

LabelledCrops = Iterator[tuple[int, Pixels]]
"""Pairs of an object's number and a crop uint8 [size, size, 3]; several of each object."""

PHOTO_SEED = 12
REFERENCE_ROTATIONS = 4
QUANTIZATION_SEED, QUANTIZATION_STORE_SEED = 5, 1
QUANTIZATION_LABELS = range(0, 240, 5)
"""Products of the store. The stride gives packages of every kind."""


def photo_crops(photos: Sequence[Path], size: int, progress: Progress) -> LabelledCrops:
    """Each photo whole, and once as another customer may have taken it. The object's number is the photo's position."""
    random = np.random.default_rng(PHOTO_SEED)
    for index, path in enumerate(progress.track(photos, description="photos")):
        pixels = decode_photo(path.read_bytes(), PhotoLimits()).pixels
        yield index, crop_polygon(pixels, rectangle_polygon(0, 0, pixels.shape[1], pixels.shape[0]), size)
        yield index, shop_crop(pixels, size, random)


def product_crops(products: int, views: int, size: int, seed: int, progress: Progress) -> LabelledCrops:
    """The first products of the store of this seed: each in `views` counter photos, with its reference for each.

    The reference has the orientation of the object in the photo. All products of a block, confusable ones among them,
    get the same orientation and light, so that only the products themselves differ.
    """
    for label in progress.track(range(products), description="products"):
        spec = describe(label, seed)
        reference = render(spec)
        for view in range(views):
            random = np.random.default_rng([seed, label // LABELS_PER_BLOCK, view])
            for pixels in counter_pair(render(spec, view_seed=view + 1), reference, size, random):
                yield label, pixels


def scene_crops(folder: Path, segmenter: Path, size: int, seed: int, progress: Progress) -> LabelledCrops:
    """What a segmenter finds in the store's scenes in `folder`, and the references of those products, at 4 rotations.

    The object's number is the product's label in the store of this seed. A found object matches an annotated one if
    their mask IoU exceeds 0.5; other found objects are left out.
    """
    document = read_document(folder / "annotations.json")
    labels = {entry["id"]: int(entry["name"].removeprefix("p")) for entry in document["categories"]}
    truth: dict[int, list[tuple[int, Mask]]] = {}
    for entry in document["annotations"]:
        annotated = np.asarray(coco_mask.decode(entry["segmentation"]), bool)
        truth.setdefault(entry["image_id"], []).append((labels[entry["category_id"]], annotated))
    network = LocalSegmenter(segmenter)
    matched: set[int] = set()
    for image in progress.track(document["images"], description="scenes"):
        photo = decode_photo((folder / "images" / image["file_name"]).read_bytes(), PhotoLimits())
        fitted, placement = letterbox(photo.pixels, *network.input_size)
        for found in separate_instances(network.maps(fitted), placement):
            mask = np.zeros((photo.height, photo.width), np.uint8)
            cv2.fillPoly(mask, [np.round(np.asarray(found.polygon)).astype(np.int32)], (1,))
            for label, annotated in truth.get(image["id"], []):
                if (annotated & (mask > 0)).sum() > 0.5 * (annotated | (mask > 0)).sum():
                    matched.add(label)
                    yield label, crop_polygon(photo.pixels, found.polygon, size)
    for label in progress.track(sorted(matched), description="references"):
        for pixels in reference_crops(render(describe(label, seed)), size, REFERENCE_ROTATIONS):
            yield label, pixels


def quantization_crops(size: int) -> Pixels:
    """Crops uint8 [64, size, size, 3] that set the range of eight-bit activations; always the same.

    They show products on a counter, and for one in three the reference as well.
    """
    random = np.random.default_rng(QUANTIZATION_SEED)
    on_counter = [
        counter_crop(render(describe(label, QUANTIZATION_STORE_SEED)), size, random) for label in QUANTIZATION_LABELS
    ]
    references = [
        reference_crops(render(describe(label, QUANTIZATION_STORE_SEED)), size, 1)[0]
        for label in QUANTIZATION_LABELS[: len(QUANTIZATION_LABELS) // 3]
    ]
    return np.stack(on_counter + references)


def photo_paths(manifest: Path) -> list[Path]:
    """The images that a MANIFEST.csv names. Raises InvalidInput if it names none."""
    if not manifest.is_file():
        raise InvalidInput(f"{manifest} is not a file: give a MANIFEST.csv with a column `image`")
    with manifest.open(encoding="utf-8", newline="") as file:
        images = [row.get("image") for row in csv.DictReader(file)]
    if not images or not all(images):
        raise InvalidInput(f"{manifest} does not name all images: fill in the column `image` in every row")
    return [manifest.parent / str(image) for image in images]
