"""COCO mask AP, as pycocotools computes it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from segmentation.arrays import Mask
from segmentation.metrics import rasterize
from tillsight.domain.arrays import Labels
from tillsight.domain.geometry import Instance


def truth_annotations(ids: Labels, image: int, start: int) -> list[dict[str, Any]]:
    """The instances of an image as COCO annotations of one category; `start` is the first annotation id."""
    found = []
    for offset, identity in enumerate(np.unique(ids[ids > 0])):
        mask = _rle(ids == identity)
        box = [float(value) for value in coco_mask.toBbox(mask)]
        found.append({
            "id": start + offset, "image_id": image, "category_id": 1, "iscrowd": 0, "segmentation": mask, "bbox": box,
            "area": float(coco_mask.area(mask)),
        })  # fmt: skip
    return found


def detections(objects: Sequence[Instance], shape: tuple[int, int], image: int) -> list[dict[str, Any]]:
    """The found objects of an image as COCO results."""
    ids = rasterize(objects, shape)
    return [
        {"image_id": image, "category_id": 1, "segmentation": _rle(ids == identity), "score": found.score}
        for identity, found in enumerate(objects, start=1)
    ]


def _rle(mask: Mask) -> dict[str, Any]:
    return dict(coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))))


def coco_ap(truths: list[dict[str, Any]], found: list[dict[str, Any]], shapes: list[tuple[int, int]]) -> float:
    """COCO mask AP (IoU 0.50 to 0.95) of all images, whose (height, width) are `shapes`; 0 if nothing was found."""
    if not found or not truths:
        return 0.0
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its results
        truth = COCO()
        truth.dataset = {
            "info": {}, "annotations": truths, "categories": [{"id": 1, "name": "object"}],
            "images": [{"id": i, "height": h, "width": w} for i, (h, w) in enumerate(shapes, start=1)],
        }  # fmt: skip
        truth.createIndex()
        scored = COCOeval(truth, truth.loadRes(found), "segm")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    return float(scored.stats[0])
