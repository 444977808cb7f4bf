"""COCO instances: `annotations.json` beside `images/`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from segmentation.dataset import AnnotatedPhoto, Annotation, InvalidTrainingData


def read(folder: Path) -> list[AnnotatedPhoto]:
    """The photos `annotations.json` lists. Raises InvalidTrainingData."""
    source = folder / "annotations.json"
    document = parsed(source)
    images = {image["id"]: image for image in entries(document, "images", ("id", "file_name"), source)}
    owned: dict[Any, list[dict[str, Any]]] = {identity: [] for identity in images}
    for entry in entries(document, "annotations", ("image_id", "segmentation"), source):
        if entry["image_id"] not in owned:
            raise InvalidTrainingData(
                f"{source}: annotation {entry.get('id')} belongs to image {entry['image_id']}, which is not listed"
            )
        owned[entry["image_id"]].append(entry)
    if not any(owned.values()):
        raise InvalidTrainingData(f"{source}: no annotation in it, so there is no foreground to learn")
    photos = []
    for identity, image in images.items():
        path = folder / "images" / image["file_name"]
        if not path.is_file():
            raise InvalidTrainingData(f"{source}: image {identity} names {path}, which is missing")
        photos.append(AnnotatedPhoto(path, partial(annotate, source, image, owned[identity])))
    return photos


def parsed(source: Path) -> dict[str, Any]:
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidTrainingData(f"{source}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InvalidTrainingData(f"{source}: not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise InvalidTrainingData(f"{source}, line {error.lineno}: not JSON ({error.msg})") from error
    if not isinstance(document, dict):
        raise InvalidTrainingData(f"{source}: a COCO file is one JSON object")
    return document


def entries(document: dict[str, Any], key: str, needed: tuple[str, ...], source: Path) -> list[dict[str, Any]]:
    listed = document.get(key)
    if not isinstance(listed, list):
        raise InvalidTrainingData(f"{source}: no list `{key}` in it")
    for index, entry in enumerate(listed):
        missing = [name for name in needed if not isinstance(entry, dict) or name not in entry]
        if missing:
            raise InvalidTrainingData(f"{source}: {key}[{index}] has no `{missing[0]}`")
    return listed


def annotate(
    source: Path, image: dict[str, Any], annotations: list[dict[str, Any]], shape: tuple[int, int]
) -> Annotation:
    listed = image.get("height", shape[0]), image.get("width", shape[1])
    if tuple(listed) != shape:
        raise InvalidTrainingData(
            f"{source}: image {image['file_name']} is listed as {listed[1]} x {listed[0]} pixels, "
            f"but the photo is {shape[1]} x {shape[0]}"
        )
    ids = np.zeros(shape, np.int32)
    doubtful = set()
    for entry in annotations:
        identity = int(ids.max()) + 1
        ids[drawn(source, entry, shape)] = identity
        if entry.get("iscrowd"):
            doubtful.add(identity)
    return Annotation(ids, frozenset(doubtful))


def drawn(source: Path, entry: dict[str, Any], shape: tuple[int, int]) -> NDArray[np.bool_]:
    shapes = entry["segmentation"]
    try:
        if isinstance(shapes, list):
            encoded = coco_mask.merge(coco_mask.frPyObjects(shapes, *shape))
        elif isinstance(shapes["counts"], list):
            encoded = coco_mask.frPyObjects(shapes, *shapes["size"])
        else:
            encoded = shapes
        mask = coco_mask.decode(encoded).astype(bool)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InvalidTrainingData(
            f"{source}: annotation {entry.get('id')} has a segmentation that is neither polygons nor RLE"
        ) from error
    if mask.shape != shape:
        raise InvalidTrainingData(
            f"{source}: annotation {entry.get('id')} has a mask of {mask.shape[1]} x {mask.shape[0]} pixels, "
            f"its photo {shape[1]} x {shape[0]}"
        )
    return np.asarray(mask, dtype=bool)
