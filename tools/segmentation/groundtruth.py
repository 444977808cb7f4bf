"""SageMaker Ground Truth semantic segmentation: an `output.manifest` of JSON lines.

Format: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html (semantic segmentation). Each line names
the photo (`source-ref`) and a label PNG (`<job>-ref`). Its metadata gives the colour of each class.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from segmentation.annotated_photo import AnnotatedPhoto, Annotation, InvalidTrainingData
from segmentation.arrays import Mask
from segmentation.semantic_masks import instances_from_masks, region_areas

MANIFEST = "output.manifest"
BACKGROUND = "BACKGROUND"


@dataclass(frozen=True, slots=True)
class LabelImage:
    """One line of the manifest: its position (`line`), its label PNG, and the class of each colour (0xRRGGBB).

    The class of the background is None.
    """

    line: str
    path: Path
    classes: dict[int, str | None]


def read(folder: Path) -> list[AnnotatedPhoto]:
    """The photos of the manifest. S3 references are resolved under `folder` by their trailing path.

    Raises InvalidTrainingData.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        found = sorted(folder.rglob(MANIFEST))
        if not found:
            raise InvalidTrainingData(f"{manifest}: the file is missing")
        manifest = found[0]
    pairs = []
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            pairs.append(_parse_line(folder, line, f"{manifest}, line {number}"))
    areas = [area for _, label in pairs for mask in _class_masks(label) for area in region_areas(mask)]
    if pairs and not areas:
        raise InvalidTrainingData(f"{manifest}: every label is {BACKGROUND}, so there is no foreground to learn")
    typical_area = float(np.median(areas)) if areas else 1.0
    return [AnnotatedPhoto(photo, partial(_annotate, label, typical_area)) for photo, label in pairs]


def _parse_line(folder: Path, line: str, where: str) -> tuple[Path, LabelImage]:
    try:
        document: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidTrainingData(f"{where}: not JSON ({error.msg})") from error
    if not isinstance(document, dict) or "source-ref" not in document:
        raise InvalidTrainingData(f"{where}: no `source-ref`")
    references = [key for key in document if key.endswith("-ref") and key != "source-ref"]
    if not references:
        raise InvalidTrainingData(
            f"{where}: no label reference (`<job>-ref`); label the photo first, or remove the line"
        )
    reference = references[0]
    colours = document.get(f"{reference}-metadata", {}).get("internal-color-map")
    if not isinstance(colours, dict) or not colours:
        raise InvalidTrainingData(f"{where}: no `internal-color-map` in `{reference}-metadata`")
    classes = {}
    for index, described in colours.items():
        try:
            name, colour = described["class-name"], int(str(described["hex-color"]).lstrip("#"), 16)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidTrainingData(
                f"{where}: class {index} of `internal-color-map` lacks its name or colour"
            ) from error
        classes[colour] = None if str(name).upper() == BACKGROUND else str(name)
    photo = _resolve(folder, document["source-ref"], where)
    return photo, LabelImage(where, _resolve(folder, document[reference], where), classes)


def _resolve(folder: Path, reference: str, where: str) -> Path:
    """The file under `folder` that shares the longest trailing path with an S3 reference."""
    parts = [part for part in urlsplit(str(reference)).path.split("/") if part not in ("", ".", "..")]
    for start in range(len(parts)):
        path = folder.joinpath(*parts[start:])
        if path.is_file():
            return path
    raise InvalidTrainingData(f"{where}: {reference} is not under {folder}; put it there as {'/'.join(parts[-2:])}")


def _class_masks(label: LabelImage) -> list[Mask]:
    """The mask of each class in a label PNG. Raises InvalidTrainingData for a colour the manifest does not name."""
    try:
        with Image.open(label.path) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(np.int64) @ np.array([65536, 256, 1])
    except OSError as error:
        raise InvalidTrainingData(f"{label.path} ({label.line}): the label PNG cannot be read") from error
    found = []
    for colour in np.unique(pixels):
        if int(colour) not in label.classes:
            raise InvalidTrainingData(
                f"{label.path} ({label.line}): colour #{int(colour):06x} is not in the manifest's colour map"
            )
        if label.classes[int(colour)] is not None:
            found.append(pixels == colour)
    return found


def _annotate(label: LabelImage, typical_area: float, shape: tuple[int, int]) -> Annotation:
    masks = _class_masks(label)
    if masks and masks[0].shape != shape:
        height, width = masks[0].shape
        raise InvalidTrainingData(
            f"{label.path} ({label.line}): the label is {width} x {height} pixels, "
            f"but its photo is {shape[1]} x {shape[0]}"
        )
    return instances_from_masks(masks, shape, typical_area)
