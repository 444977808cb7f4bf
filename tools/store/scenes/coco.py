"""Scenes as COCO instances, with the touching pairs of each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools import mask as rle

from store.arrays import Mask
from store.scenes.scene import Scene


@dataclass(frozen=True)
class AnnotatedScene:
    """One written scene: its file, its size in pixels, and its objects as (product_id, name, RLE, bbox, area)."""

    file_name: str
    height: int
    width: int
    objects: list[tuple[str, str, dict[str, Any], list[float], int]]
    touching: list[tuple[int, int]]


def annotate(file_name: str, scene: Scene, labels: list[tuple[str, str]]) -> AnnotatedScene:
    """Measure the visible masks of a scene; `labels` gives (product_id, name) of each object given to `compose`."""
    height, width = scene.instances.shape
    objects = []
    for number, index in enumerate(scene.objects, start=1):
        mask = np.asfortranarray((scene.instances == number).astype(np.uint8))
        code = rle.encode(mask)
        area, box = int(rle.area(code)), [float(v) for v in rle.toBbox(code)]
        objects.append((*labels[index], {"size": [height, width], "counts": code["counts"].decode("ascii")}, box, area))
    return AnnotatedScene(file_name, height, width, objects, scene.touching)


def dataset(scenes: list[AnnotatedScene], description: str) -> dict[str, Any]:
    """The annotations.json of a list of scenes.

    A category's name is the product_id, its `supercategory` the printed name. The segmentation is the compressed RLE of
    the visible mask. `images[i].touching` lists pairs of annotation ids whose silhouettes touch.
    """
    names = {product_id: name for scene in scenes for product_id, name, *_ in scene.objects}
    numbers = {product_id: i for i, product_id in enumerate(sorted(names), start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, scene in enumerate(scenes, start=1):
        first = len(annotations) + 1
        for product_id, _, code, box, area in scene.objects:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": numbers[product_id],
                    "iscrowd": 0,
                    "segmentation": code,
                    "bbox": box,
                    "area": area,
                }
            )
        images.append(
            {
                "id": image_id,
                "file_name": scene.file_name,
                "height": scene.height,
                "width": scene.width,
                "touching": [[first + a, first + b] for a, b in scene.touching],
            }
        )
    categories = [
        {"id": i, "name": product_id, "supercategory": names[product_id]} for product_id, i in numbers.items()
    ]
    return {
        "info": {"description": description},
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def instance_mask(annotation: dict[str, Any]) -> Mask:
    """The visible mask of one annotation of this module, uint8 [H, W], 1 = object."""
    return np.asarray(rle.decode(annotation["segmentation"]), np.uint8)
