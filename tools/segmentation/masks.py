"""Mask PNGs: `images/` and `masks/` with the same names. 0 is the background, other values classes or instance ids."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmentation.annotated_photo import AnnotatedPhoto, Annotation, InvalidTrainingData
from segmentation.semantic_masks import instances_from_masks, region_areas

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
LARGE_REGION = 0.2
"""A value counts as split if its second largest region has more than this share of the largest one's area."""
SEMANTIC_SHARE = 0.15
"""Masks are semantic if more than this share of their values are split. An occluded instance may be split too, but
that is rare; in semantic masks it is the rule."""


def read(folder: Path) -> list[AnnotatedPhoto]:
    """The photos of `images/` with their masks. All masks together decide whether values are classes or instances.

    Raises InvalidTrainingData.
    """
    for name in ("images", "masks"):
        if not (folder / name).is_dir():
            raise InvalidTrainingData(f"{folder / name}: no such folder; mask data needs images/ and masks/")
    paths = sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    pairs = [(path, folder / "masks" / f"{path.stem}.png") for path in paths]
    split, values, areas = 0, 0, []
    for _, mask_path in pairs:
        mask = _mask_values(mask_path)
        for value in np.unique(mask[mask > 0]):
            own = sorted(region_areas(mask == value))
            values += 1
            split += len(own) > 1 and own[-2] > LARGE_REGION * own[-1]
            areas.extend(own)
    if pairs and not areas:
        raise InvalidTrainingData(f"{folder / 'masks'}: every mask is 0 everywhere, so there is no foreground to learn")
    semantic = split > SEMANTIC_SHARE * max(values, 1)
    typical_area = float(np.median(areas)) if areas else 1.0
    return [AnnotatedPhoto(path, partial(_annotate, mask, semantic, typical_area)) for path, mask in pairs]


def _annotate(path: Path, semantic: bool, typical_area: float, shape: tuple[int, int]) -> Annotation:
    mask = _mask_values(path)
    if mask.shape != shape:
        raise InvalidTrainingData(
            f"{path}: the mask is {mask.shape[1]} x {mask.shape[0]} pixels, but its photo is {shape[1]} x {shape[0]}"
        )
    values = np.unique(mask[mask > 0])
    if semantic:
        return instances_from_masks([mask == value for value in values], shape, typical_area)
    return Annotation(np.searchsorted(values, mask).astype(np.int32) + (mask > 0))


def _mask_values(path: Path) -> NDArray[np.int64]:
    """A mask PNG as integers [H, W]: grey levels, palette indices, or colours as 0xRRGGBB."""
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture if picture.mode in ("L", "P", "1", "I", "I;16") else picture.convert("RGB"))
    except FileNotFoundError as error:
        raise InvalidTrainingData(f"{path}: missing; every photo in images/ needs its mask") from error
    except OSError as error:
        raise InvalidTrainingData(f"{path}: the mask PNG cannot be read") from error
    if pixels.ndim == 3:
        pixels = pixels.astype(np.int64) @ np.array([65536, 256, 1])
    return pixels.astype(np.int64)
