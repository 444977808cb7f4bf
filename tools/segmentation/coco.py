"""COCO instances: `annotations.json` beside `images/`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from segmentation.annotated_photo import AnnotatedPhoto, Annotation, InvalidTrainingData
from segmentation.arrays import Mask


def read(folder: Path) -> list[AnnotatedPhoto]:
    """The photos that `annotations.json` lists. Raises InvalidTrainingData."""
    source = folder / "annotations.json"
    document = read_document(source)
    images = {image["id"]: image for image in listed(document, "images", ("id", "file_name"), source)}
    by_image: dict[Any, list[dict[str, Any]]] = {identity: [] for identity in images}
    for entry in listed(document, "annotations", ("image_id", "segmentation"), source):
        if entry["image_id"] not in by_image:
            raise InvalidTrainingData(
                f"{source}: annotation {entry.get('id')} belongs to image {entry['image_id']}, which is not listed"
            )
        by_image[entry["image_id"]].append(entry)
    if not any(by_image.values()):
        raise InvalidTrainingData(f"{source}: the file has no annotation, so there is no foreground to learn")
    photos = []
    for identity, image in images.items():
        path = folder / "images" / image["file_name"]
        if not path.is_file():
            raise InvalidTrainingData(f"{source}: image {identity} names {path}, which is missing")
        photos.append(AnnotatedPhoto(path, partial(_annotate, source, image, by_image[identity])))
    return photos


def read_document(source: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises InvalidTrainingData."""
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidTrainingData(f"{source}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InvalidTrainingData(f"{source}: not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise InvalidTrainingData(f"{source}, line {error.lineno}: not JSON ({error.msg})") from error
    if not isinstance(document, dict):
        raise InvalidTrainingData(f"{source}: a COCO file must be one JSON object")
    return document


def listed(document: dict[str, Any], key: str, required: tuple[str, ...], source: Path) -> list[dict[str, Any]]:
    """The entries of a list in a COCO file, each with the required members. Raises InvalidTrainingData."""
    entries = document.get(key)
    if not isinstance(entries, list):
        raise InvalidTrainingData(f"{source}: the file has no list `{key}`")
    for index, entry in enumerate(entries):
        missing = [name for name in required if not isinstance(entry, dict) or name not in entry]
        if missing:
            raise InvalidTrainingData(f"{source}: {key}[{index}] has no `{missing[0]}`")
    return entries


def decode_mask(source: Path, entry: dict[str, Any], shape: tuple[int, int]) -> Mask:
    """The mask, bool [H, W], of an annotation in a photo of this (height, width). Raises InvalidTrainingData."""
    segmentation = entry["segmentation"]
    try:
        if isinstance(segmentation, list):
            encoded = coco_mask.merge(coco_mask.frPyObjects(segmentation, *shape))
        elif isinstance(segmentation["counts"], list):
            encoded = coco_mask.frPyObjects(segmentation, *segmentation["size"])
        else:
            encoded = segmentation
        mask = coco_mask.decode(encoded).astype(bool)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InvalidTrainingData(
            f"{source}: annotation {entry.get('id')} has a segmentation that is neither polygons nor RLE"
        ) from error
    if mask.shape != shape:
        raise InvalidTrainingData(
            f"{source}: annotation {entry.get('id')} has a mask of {mask.shape[1]} x {mask.shape[0]} pixels, "
            f"but its photo is {shape[1]} x {shape[0]}"
        )
    return np.asarray(mask, dtype=bool)


def _annotate(
    source: Path, image: dict[str, Any], annotations: list[dict[str, Any]], shape: tuple[int, int]
) -> Annotation:
    declared = image.get("height", shape[0]), image.get("width", shape[1])
    if tuple(declared) != shape:
        raise InvalidTrainingData(
            f"{source}: image {image['file_name']} is listed as {declared[1]} x {declared[0]} pixels, "
            f"but the photo is {shape[1]} x {shape[0]}"
        )
    ids = np.zeros(shape, np.int32)
    ambiguous = set()
    for entry in annotations:
        identity = int(ids.max()) + 1
        ids[decode_mask(source, entry, shape)] = identity
        if entry.get("iscrowd"):
            ambiguous.add(identity)
    return Annotation(ids, frozenset(ambiguous))
