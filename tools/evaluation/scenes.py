"""Counter photos with known products in COCO format, where the name of a category is a product id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segmentation import coco
from segmentation.annotated_photo import InvalidTrainingData
from segmentation.arrays import Mask
from segmentation.metrics import polygon_mask
from tillsight.domain.geometry import Polygon

MATCH_IOU = 0.5
BACKGROUND_SHARE = 0.1
"""A found object without a match is on the background if no annotated object covers more than this share of it."""


@dataclass(frozen=True, slots=True)
class CounterScene:
    """A photo, its annotations, and the product of each annotation."""

    path: Path
    annotations: tuple[Mapping[str, Any], ...]
    labels: tuple[str, ...]

    def masks(self, shape: tuple[int, int]) -> list[Mask]:
        """The objects' masks in the upright photo of this (height, width). Raises InvalidTrainingData."""
        source = self.path.parent.parent / "annotations.json"
        return [coco.decode_mask(source, dict(entry), shape) for entry in self.annotations]


@dataclass(frozen=True, slots=True)
class SceneMatches:
    """For each found object the position of the annotated one it matches, or None, and whether it is on the background.

    An object that has no match and is not on the background is a fragment.
    """

    owners: tuple[int | None, ...]
    on_background: tuple[bool, ...]

    @property
    def fragments(self) -> list[bool]:
        """Whether each found object is a part of an annotated one, or several at once."""
        pairs = zip(self.owners, self.on_background, strict=True)
        return [owner is None and not background for owner, background in pairs]


def read(folder: Path) -> list[CounterScene]:
    """The photos of a COCO folder without annotations marked `iscrowd`. Raises InvalidTrainingData."""
    source = folder / "annotations.json"
    document = coco.read_document(source)
    names = {entry["id"]: str(entry["name"]) for entry in coco.listed(document, "categories", ("id", "name"), source)}
    by_image: dict[Any, list[dict[str, Any]]] = {}
    for entry in coco.listed(document, "annotations", ("image_id", "category_id", "segmentation"), source):
        if entry["category_id"] not in names:
            raise InvalidTrainingData(f"{source}: annotation {entry.get('id')} is of no listed category")
        if not entry.get("iscrowd"):
            by_image.setdefault(entry["image_id"], []).append(entry)
    scenes = []
    for image in coco.listed(document, "images", ("id", "file_name"), source):
        own = by_image.get(image["id"], [])
        path = folder / "images" / image["file_name"]
        if not path.is_file():
            raise InvalidTrainingData(f"{source}: image {image['id']} names {path}, which is missing")
        scenes.append(CounterScene(path, tuple(own), tuple(names[entry["category_id"]] for entry in own)))
    return scenes


def match(found: Sequence[Polygon], masks: Sequence[Mask], shape: tuple[int, int]) -> SceneMatches:
    """Match found objects to annotated ones at a mask IoU above MATCH_IOU. Each annotated one matches once at most."""
    owners: list[int | None] = []
    on_background: list[bool] = []
    taken: set[int] = set()
    for polygon in found:
        own = polygon_mask(polygon, shape)
        area = max(int(own.sum()), 1)
        shared = [int((own & mask).sum()) for mask in masks]
        ious = [both / (area + int(mask.sum()) - both) for both, mask in zip(shared, masks, strict=True)]
        best = int(np.argmax(ious)) if ious else None
        if best is not None and (ious[best] <= MATCH_IOU or best in taken):
            best = None
        if best is not None:
            taken.add(best)
        owners.append(best)
        on_background.append(best is None and max(shared, default=0) <= BACKGROUND_SHARE * area)
    return SceneMatches(tuple(owners), tuple(on_background))
