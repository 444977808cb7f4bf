"""Scenes as COCO instances, with the pairs that touch recorded beside each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as rle

from store.scenes import Scene


@dataclass(frozen=True)
class Drawn:
    """One written scene: its file, size, and its objects as (product_id, name, RLE, bbox, area)."""

    file_name: str
    height: int
    width: int
    objects: list[tuple[str, str, dict[str, Any], list[float], int]]
    touching: list[tuple[int, int]]


def drawn(file_name: str, scene: Scene, labels: list[tuple[str, str]]) -> Drawn:
    """Measure a scene's visible masks; `labels` gives (product_id, name) of each object handed to `compose`."""
    height, width = scene.instances.shape
    objects = []
    for number, index in enumerate(scene.objects, start=1):
        mask = np.asfortranarray((scene.instances == number).astype(np.uint8))
        code = rle.encode(mask)
        area, box = int(rle.area(code)), [float(v) for v in rle.toBbox(code)]
        objects.append((*labels[index], {"size": [height, width], "counts": code["counts"].decode("ascii")}, box, area))
    return Drawn(file_name, height, width, objects, scene.touching)


def dataset(scenes: list[Drawn], description: str) -> dict[str, Any]:
    """The annotations.json of a list of scenes.

    Category name = product_id, `supercategory` its printed name; segmentation = compressed RLE of the visible
    mask; `images[i].touching` lists pairs of annotation ids whose silhouettes are in contact.
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


def instance_mask(annotation: dict[str, Any]) -> npt.NDArray[np.uint8]:
    """The visible mask of one annotation written here, uint8 [H, W], 1 = object."""
    return np.asarray(rle.decode(annotation["segmentation"]), np.uint8)
