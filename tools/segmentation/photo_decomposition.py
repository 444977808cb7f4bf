"""Annotated photos taken apart: cut-out objects, backgrounds without objects, and the photos as whole scenes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from rich.progress import Progress

from segmentation.annotated_photo import AnnotatedPhoto, Annotation, InvalidTrainingData
from segmentation.cutout_pool import CutoutPool
from segmentation.cutouts import Cutout
from segmentation.targets import Scene
from tillsight.domain.arrays import Pixels

PHOTO_SIDE = 960
"""The longer side at which whole photos are kept: half as much again as the network sees."""
MAX_PHOTOS = 150
"""How many whole photos are kept with their backgrounds. Objects are kept from all photos."""
SMALLEST_OBJECT = 900
"""An object of fewer pixels, at PHOTO_SIDE, is too coarse to be pasted elsewhere."""
BACKGROUND_SIDE = 640
LARGEST_COVER = 0.6
"""A photo gives a background if objects cover less than this share of it."""


@dataclass(frozen=True, slots=True)
class DecomposedPhotos:
    """Whole photos as scenes, and the objects and backgrounds from them."""

    scenes: list[Scene]
    pool: CutoutPool


def decompose_photos(photos: Sequence[AnnotatedPhoto], progress: Progress, description: str) -> DecomposedPhotos:
    """Load photos and take them apart. Raises InvalidTrainingData, also if no photo has any object."""
    scenes, cutouts, backgrounds = [], [], []
    for photo in progress.track(photos, description=description):
        pixels, annotation = photo.load()
        cutouts.extend(cut_out_objects(pixels, annotation))
        if len(scenes) < MAX_PHOTOS:
            scene = shrink_photo(pixels, annotation)
            scenes.append(scene)
            if (scene.ids > 0).mean() < LARGEST_COVER:
                backgrounds.append(inpaint_objects(scene))
    if not any(scene.ids.any() for scene in scenes):
        raise InvalidTrainingData(
            f"{photos[0].path.parent}: no foreground in any of the {len(photos)} photos, so there is nothing to learn"
        )
    return DecomposedPhotos(scenes, CutoutPool(cutouts, backgrounds))


def shrink_photo(pixels: Pixels, annotation: Annotation) -> Scene:
    """A whole photo as a scene of at most PHOTO_SIDE."""
    factor = min(1.0, PHOTO_SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
    image = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ids = cv2.resize(annotation.ids.astype(np.float32), size, interpolation=cv2.INTER_NEAREST).astype(np.int32)
    trusted = ~np.isin(ids, list(annotation.ambiguous)) if annotation.ambiguous else np.ones(ids.shape, bool)
    return Scene(np.asarray(image, np.uint8), ids, trusted)


def cut_out_objects(pixels: Pixels, annotation: Annotation) -> Iterator[Cutout]:
    """The whole, unambiguous objects of a photo. The outline moves inwards by a pixel, away from the background."""
    height, width = annotation.ids.shape
    smallest = SMALLEST_OBJECT * (max(height, width) / PHOTO_SIDE) ** 2
    for identity in np.unique(annotation.ids[annotation.ids > 0]):
        if int(identity) in annotation.ambiguous:
            continue
        mask = (annotation.ids == identity).astype(np.uint8)
        x, y, w, h = cv2.boundingRect(mask)
        at_border = x == 0 or y == 0 or x + w == width or y + h == height
        if at_border or mask[y : y + h, x : x + w].sum() < smallest:
            continue
        inside = np.s_[max(y - 2, 0) : y + h + 2, max(x - 2, 0) : x + w + 2]
        alpha = cv2.erode(mask[inside] * np.uint8(255), np.ones((3, 3), np.uint8))
        rgba = np.dstack([pixels[inside], cv2.GaussianBlur(alpha, (0, 0), 0.8)])
        yield Cutout.of(np.asarray(rgba, np.uint8))


def inpaint_objects(scene: Scene) -> Pixels:
    """The background of a photo. Objects and the edges of their shadows are inpainted (Telea, 2004)."""
    factor = min(1.0, BACKGROUND_SIDE / max(scene.ids.shape))
    size = round(scene.ids.shape[1] * factor), round(scene.ids.shape[0] * factor)
    image = cv2.resize(scene.image, size, interpolation=cv2.INTER_AREA)
    covered = cv2.resize((scene.ids > 0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    covered = cv2.dilate(covered, np.ones((15, 15), np.uint8))
    return np.asarray(cv2.inpaint(image, covered, 4, cv2.INPAINT_TELEA), dtype=np.uint8)
