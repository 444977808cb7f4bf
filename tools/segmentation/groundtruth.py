"""SageMaker Ground Truth semantic segmentation: an `output.manifest` of JSON lines.

Form: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html (semantic segmentation). Each line names
the photo (`source-ref`) and a label PNG (`<job>-ref`), and its metadata the colour of each class.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmentation.dataset import AnnotatedPhoto, Annotation, InvalidTrainingData, as_instances, region_sizes

MANIFEST = "output.manifest"
BACKGROUND = "BACKGROUND"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of the manifest: where it stands, its label PNG, and colour (0xRRGGBB) to class, None = ground."""

    where: str
    label: Path
    classes: dict[int, str | None]


def read(folder: Path) -> list[AnnotatedPhoto]:
    """The photos of the manifest, s3 references resolved under `folder` by their trailing path."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        found = sorted(folder.rglob(MANIFEST))
        if not found:
            raise InvalidTrainingData(f"{manifest}: missing")
        manifest = found[0]
    pairs = []
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            pairs.append(entry(folder, line, f"{manifest}, line {number}"))
    sizes = [size for _, labelled in pairs for region in regions(labelled) for size in region_sizes(region)]
    if pairs and not sizes:
        raise InvalidTrainingData(f"{manifest}: every label is {BACKGROUND}, so there is no foreground to learn")
    typical = float(np.median(sizes)) if sizes else 1.0
    return [AnnotatedPhoto(photo, partial(annotate, labelled, typical)) for photo, labelled in pairs]


def entry(folder: Path, line: str, where: str) -> tuple[Path, Labelled]:
    try:
        document: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidTrainingData(f"{where}: not JSON ({error.msg})") from error
    if not isinstance(document, dict) or "source-ref" not in document:
        raise InvalidTrainingData(f"{where}: no `source-ref`")
    references = [key for key in document if key.endswith("-ref") and key != "source-ref"]
    if not references:
        raise InvalidTrainingData(f"{where}: no label reference (`<job>-ref`); was this photo labelled?")
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
    photo = resolved(folder, document["source-ref"], where)
    return photo, Labelled(where, resolved(folder, document[reference], where), classes)


def resolved(folder: Path, reference: str, where: str) -> Path:
    """The file under `folder` that shares the longest trailing path with an s3 reference."""
    parts = [part for part in urlsplit(str(reference)).path.split("/") if part not in ("", ".", "..")]
    for start in range(len(parts)):
        path = folder.joinpath(*parts[start:])
        if path.is_file():
            return path
    raise InvalidTrainingData(f"{where}: {reference} is not under {folder}; put it there as {'/'.join(parts[-2:])}")


def regions(labelled: Labelled) -> list[NDArray[np.bool_]]:
    """One mask a class that occurs. Raises InvalidTrainingData for a colour the manifest does not name."""
    try:
        with Image.open(labelled.label) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(np.int64) @ np.array([65536, 256, 1])
    except OSError as error:
        raise InvalidTrainingData(f"{labelled.label} ({labelled.where}): not a label PNG that can be read") from error
    found = []
    for colour in np.unique(pixels):
        if int(colour) not in labelled.classes:
            raise InvalidTrainingData(
                f"{labelled.label} ({labelled.where}): colour #{int(colour):06x} is not in the manifest's colour map"
            )
        if labelled.classes[int(colour)] is not None:
            found.append(pixels == colour)
    return found


def annotate(labelled: Labelled, typical: float, shape: tuple[int, int]) -> Annotation:
    masks = regions(labelled)
    if masks and masks[0].shape != shape:
        height, width = masks[0].shape
        raise InvalidTrainingData(
            f"{labelled.label} ({labelled.where}): the label is {width} x {height} pixels, "
            f"its photo {shape[1]} x {shape[0]}"
        )
    return as_instances(masks, shape, typical)
