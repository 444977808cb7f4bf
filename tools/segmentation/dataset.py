"""Folders of annotated photos in any of the supported formats."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from segmentation import coco, groundtruth, masks
from segmentation.annotated_photo import AnnotatedPhoto, InvalidTrainingData


class AnnotationFormat(StrEnum):
    """How annotations are stored; see `read_dataset`."""

    COCO = "coco"
    GROUNDTRUTH = "groundtruth"
    MASKS = "masks"


READERS = {
    AnnotationFormat.COCO: coco.read,
    AnnotationFormat.GROUNDTRUTH: groundtruth.read,
    AnnotationFormat.MASKS: masks.read,
}


def read_dataset(folder: Path, annotation_format: AnnotationFormat) -> list[AnnotatedPhoto]:
    """The annotated photos of a folder, always in the same order.

    coco: `annotations.json` (instances as polygons or RLE) beside `images/`. groundtruth: the `output.manifest` of a
    SageMaker Ground Truth semantic segmentation job. masks: PNGs in `masks/` with the names of the photos in
    `images/`; 0 is the background, other values are either classes or instance ids.
    Raises InvalidTrainingData, which names the file, and the line if there is one.
    """
    if not folder.is_dir():
        raise InvalidTrainingData(f"{folder}: no such folder")
    photos = READERS[annotation_format](folder)
    if not photos:
        raise InvalidTrainingData(f"{folder}: the folder has no annotated photo")
    return photos


def detect_format(folder: Path) -> AnnotationFormat:
    """The format of the annotations in a folder. Raises InvalidTrainingData if it is none of the three."""
    if (folder / "annotations.json").is_file():
        return AnnotationFormat.COCO
    if (folder / "masks").is_dir():
        return AnnotationFormat.MASKS
    if next(folder.rglob(groundtruth.MANIFEST), None):
        return AnnotationFormat.GROUNDTRUTH
    raise InvalidTrainingData(
        f"{folder}: the folder has no annotations.json, no masks/ and no {groundtruth.MANIFEST}; add one of them"
    )
