"""Counter photos with known products (COCO, a category's name being its product id), and what was found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from segmentation import coco
from segmentation.dataset import InvalidTrainingData
from tillsight.domain.geometry import Polygon

MATCH_IOU = 0.5
THING_SHARE = 0.1
"""A found object with no more than this share of it on annotated ones is a thing that is no product."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo and its annotated objects."""

    path: Path
    annotations: tuple[Mapping[str, Any], ...]
    labels: tuple[str, ...]

    def masks(self, shape: tuple[int, int]) -> list[Mask]:
        """The objects' masks, bool [H, W] each, of an upright photo of this shape. Raises InvalidTrainingData."""
        source = self.path.parent.parent / "annotations.json"
        return [coco.drawn(source, dict(entry), shape) for entry in self.annotations]


@dataclass(frozen=True, slots=True)
class Matching:
    """Which annotated object each found one is.

    `owners` gives its position, or None; `things` says of those without whether they lie on no product at all.
    """

    owners: tuple[int | None, ...]
    things: tuple[bool, ...]


def read(folder: Path) -> list[Scene]:
    """The photos of a COCO folder (`images/`, `annotations.json`); crowds are left out. Raises InvalidTrainingData."""
    source = folder / "annotations.json"
    document = coco.parsed(source)
    names = {entry["id"]: str(entry["name"]) for entry in coco.entries(document, "categories", ("id", "name"), source)}
    owned: dict[Any, list[dict[str, Any]]] = {}
    for entry in coco.entries(document, "annotations", ("image_id", "category_id", "segmentation"), source):
        if entry["category_id"] not in names:
            raise InvalidTrainingData(f"{source}: annotation {entry.get('id')} is of no listed category")
        if not entry.get("iscrowd"):
            owned.setdefault(entry["image_id"], []).append(entry)
    scenes = []
    for image in coco.entries(document, "images", ("id", "file_name"), source):
        own = owned.get(image["id"], [])
        path = folder / "images" / image["file_name"]
        if not path.is_file():
            raise InvalidTrainingData(f"{source}: image {image['id']} names {path}, which is missing")
        scenes.append(Scene(path, tuple(own), tuple(names[entry["category_id"]] for entry in own)))
    return scenes


def match(found: Sequence[Polygon], masks: Sequence[Mask], shape: tuple[int, int]) -> Matching:
    """A found object is the annotated one it shares a mask IoU above MATCH_IOU with; each is matched once at most."""
    owners: list[int | None] = []
    things: list[bool] = []
    taken: set[int] = set()
    for polygon in found:
        own = _drawn(polygon, shape)
        area = max(int(own.sum()), 1)
        shared = [int((own & mask).sum()) for mask in masks]
        ious = [both / (area + int(mask.sum()) - both) for both, mask in zip(shared, masks, strict=True)]
        best = int(np.argmax(ious)) if ious else None
        if best is not None and (ious[best] <= MATCH_IOU or best in taken):
            best = None
        if best is not None:
            taken.add(best)
        owners.append(best)
        things.append(best is None and max(shared, default=0) <= THING_SHARE * area)
    return Matching(tuple(owners), tuple(things))


def _drawn(polygon: Polygon, shape: tuple[int, int]) -> Mask:
    flat = np.asarray(polygon, np.float64).ravel().tolist()
    # pycocotools counts a pixel by its centre; OpenCV's fillPoly adds half a pixel all round.
    return np.asarray(coco_mask.decode(coco_mask.frPyObjects([flat], *shape))[:, :, 0], bool)
