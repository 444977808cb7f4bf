"""Counter photos composed of photographed cut-outs, with their ground truth."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import cv2
import numpy as np

from store.gallery import cutouts
from store.gallery.reference_photos import on_background
from store.scenes.scene import Scene, compose
from support.paths import TEST_DATA
from tillsight.domain.arrays import Pixels
from tillsight.v1 import catalogue_pb2, recognition_pb2

CUTOUTS = TEST_DATA / "cutouts"
GROCERY = TEST_DATA / "grocery-store"


@dataclass(frozen=True)
class Counter:
    """An encoded counter photo, and the label and box (x, y, width, height) of each object."""

    photo: bytes
    truth: list[tuple[str, tuple[int, int, int, int]]]


def cutout(name: str) -> Pixels:
    """A photographed object, uint8 [H, W, 4] RGBA."""
    raw = cv2.imread(str(CUTOUTS / f"{name}.png"), cv2.IMREAD_UNCHANGED)
    return cutouts.from_alpha(np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGRA2RGBA), np.uint8))


def jpeg(pixels: Pixels) -> bytes:
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1])


def studio_reference(name: str) -> catalogue_pb2.EnrolProductsRequest:
    """The cut-out as a studio photo: on a plain light background, smaller and brighter than in any scene."""
    rgba = cutout(name)
    scale = 300 / max(rgba.shape[:2])
    small = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    bright = np.clip(small[..., :3].astype(np.float32) * 1.08, 0, 255).astype(np.uint8)
    photo = jpeg(on_background(np.dstack([bright, small[..., 3]])))
    return catalogue_pb2.EnrolProductsRequest(product_id=name, name=name.replace("food-", ""), photo=photo)


def counter(names: list[str], seed: int, touching: float) -> Counter:
    """A counter with these cut-outs at any angle."""
    scene = compose(np.random.default_rng(seed), [cutout(name) for name in names], size=(900, 1200), touching=touching)
    return Counter(jpeg(scene.image), truth(scene, names))


def truth(scene: Scene, names: list[str]) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Label and visible box of each object."""
    found = []
    for number, index in enumerate(scene.objects, start=1):
        x, y, width, height = cv2.boundingRect((scene.instances == number).astype(np.uint8))
        found.append((names[index], (x, y, width, height)))
    return found


def overlap(box: recognition_pb2.Box, other: tuple[int, int, int, int]) -> float:
    """Intersection over union of two boxes."""
    x, y, width, height = other
    across = min(box.x + box.width, x + width) - max(box.x, x)
    down = min(box.y + box.height, y + height) - max(box.y, y)
    if across <= 0 or down <= 0:
        return 0.0
    both = across * down
    return float(both / (box.width * box.height + width * height - both))


def grocery_rows(file: str, classes: set[str], per_class: int) -> list[tuple[str, bytes]]:
    """(class, encoded photo) of some photos of each class in one of the dataset's CSV files, spread over all of them:
    neighbours in the file show the same shelf."""
    found: dict[str, list[str]] = {label: [] for label in sorted(classes)}
    with (GROCERY / file).open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["product_id"] in found:
                found[row["product_id"]].append(row["image"])
    spread = {
        label: np.unique(np.linspace(0, len(images) - 1, per_class).round().astype(int))
        for label, images in found.items()
    }
    return [(label, (GROCERY / found[label][index]).read_bytes()) for label in found for index in spread[label]]
