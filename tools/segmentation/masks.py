"""Mask PNGs: `images/` and `masks/`, the same name but for the ending; 0 = ground, values classes or instance ids."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmentation.dataset import AnnotatedPhoto, Annotation, InvalidTrainingData, as_instances, region_sizes

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
SEMANTIC_SHARE = 0.15
"""Values in more than one sizeable part: an occluded instance now and then, but in semantic masks the rule."""


def read(folder: Path) -> list[AnnotatedPhoto]:
    """The photos of `images/` with their masks; whether values are classes or instances is told from all masks."""
    for name in ("images", "masks"):
        if not (folder / name).is_dir():
            raise InvalidTrainingData(f"{folder / name}: no such folder; masks come as images/ and masks/")
    paths = sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in ENDINGS)
    pairs = [(path, folder / "masks" / f"{path.stem}.png") for path in paths]
    split, values, sizes = 0, 0, []
    for _, mask_path in pairs:
        mask = mask_values(mask_path)
        for value in np.unique(mask[mask > 0]):
            parts = sorted(region_sizes(mask == value))
            values += 1
            split += len(parts) > 1 and parts[-2] > 0.2 * parts[-1]
            sizes.extend(parts)
    if pairs and not sizes:
        raise InvalidTrainingData(f"{folder / 'masks'}: every mask is 0 everywhere, so there is no foreground to learn")
    semantic = split > SEMANTIC_SHARE * max(values, 1)
    typical = float(np.median(sizes)) if sizes else 1.0
    return [AnnotatedPhoto(path, partial(annotate, mask, semantic, typical)) for path, mask in pairs]


def annotate(path: Path, semantic: bool, typical: float, shape: tuple[int, int]) -> Annotation:
    mask = mask_values(path)
    if mask.shape != shape:
        raise InvalidTrainingData(
            f"{path}: the mask is {mask.shape[1]} x {mask.shape[0]} pixels, its photo {shape[1]} x {shape[0]}"
        )
    values = np.unique(mask[mask > 0])
    if semantic:
        return as_instances([mask == value for value in values], shape, typical)
    return Annotation(np.searchsorted(values, mask).astype(np.int32) + (mask > 0))


def mask_values(path: Path) -> NDArray[np.int64]:
    """A mask PNG as integers [H, W]: grey levels, palette indices, or colours numbered with black as 0."""
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture if picture.mode in ("L", "P", "1", "I", "I;16") else picture.convert("RGB"))
    except FileNotFoundError as error:
        raise InvalidTrainingData(f"{path}: missing; every photo in images/ needs its mask") from error
    except OSError as error:
        raise InvalidTrainingData(f"{path}: not a mask PNG that can be read") from error
    if pixels.ndim == 3:
        pixels = pixels.astype(np.int64) @ np.array([65536, 256, 1])
    return pixels.astype(np.int64)
