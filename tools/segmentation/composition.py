"""Copy-paste composition: scenes of annotated objects, pasted apart and in contact onto other backgrounds.

Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation", 2021. Here objects
are also moved towards each other until they touch, because objects in contact are what the network must separate.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from segmentation.cutout_pool import CutoutPool
from segmentation.patches import random_orientation, transform_cutout
from segmentation.placement import beside_object, on_background, paste
from segmentation.targets import Scene
from tillsight.domain.arrays import Floats

BANDED_SHARE = 0.15
"""Share of pasted objects that get bands of another colour."""
REPEATED_PRODUCT_SHARE = 0.35
"""Share of scenes in which most objects are one product of one size. In three of five of them, the copies also have
nearly the same orientation."""


def compose_scene(
    rng: np.random.Generator,
    pool: CutoutPool,
    height: int,
    width: int,
    touch: bool = True,
    band_share: float = BANDED_SHARE,
) -> Scene:
    """A scene of 1 to 22 objects at the given size. With `touch`, none to most of them are in contact."""
    image = _background(rng, pool, height, width)
    ids = np.zeros((height, width), np.int32)
    density = rng.choice(3, p=(0.15, 0.5, 0.35))
    count = int(rng.integers(*((1, 3), (3, 9), (8, 23))[density]))
    cover = rng.uniform(0.1, 0.45) if density == 0 else rng.uniform(0.15, 0.75)
    side = math.sqrt(cover * height * width / count)
    contact_share = 0.0 if rng.random() < 0.25 or not touch else rng.uniform(0.3, 1.0)
    light = rng.uniform(0, 2 * math.pi)
    depth = rng.uniform(0.0, 0.6)
    picked = rng.integers(len(pool.cutouts), size=count)
    spread = rng.uniform(0.1, 0.5)
    sizes = side * np.exp(rng.normal(0, spread, count))
    orientations: list[float | None] = [None] * count
    if rng.random() < REPEATED_PRODUCT_SHARE:  # copies of one product side by side look most like one object
        copies = rng.random(count) < 0.6
        picked[copies], sizes[copies] = picked[0], sizes[0]
        if rng.random() < 0.6:
            common = random_orientation(rng)
            orientations = [common + rng.normal(0, 0.06) if copy else None for copy in copies]
    centres: list[tuple[float, float]] = []
    for choice, size, orientation in zip(picked, sizes, orientations, strict=True):
        cutout = pool.cutouts[int(choice)]
        patch = transform_cutout(rng, cutout, min(float(size), 0.8 * height), band_share, orientation)
        if patch is None:
            continue
        position = None
        if centres and rng.random() < contact_share:
            position = beside_object(rng, patch, ids, centres[int(rng.integers(len(centres)))])
        position = position or on_background(rng, patch, ids)
        if position is None:
            continue
        paste(image, ids, patch, position, len(centres) + 1, light, depth, rng)
        centres.append((position[0] + patch.mask.shape[0] / 2, position[1] + patch.mask.shape[1] / 2))
    return Scene(image.clip(0, 255).astype(np.uint8), ids, np.ones(ids.shape, bool))


def _background(rng: np.random.Generator, pool: CutoutPool, height: int, width: int) -> Floats:
    """A background, rotated, scaled and cropped at random: float32 [height, width, 3]."""
    picture = pool.backgrounds[int(rng.integers(len(pool.backgrounds)))]
    rows, columns = picture.shape[:2]
    zoom = max(height / rows, width / columns) * math.exp(rng.uniform(0, 0.8))
    turn = rng.choice(4) * 90 + rng.normal(0, 15)
    matrix = cv2.getRotationMatrix2D((columns * rng.uniform(0.3, 0.7), rows * rng.uniform(0.3, 0.7)), turn, zoom)
    matrix[:, 2] += (width / 2 - columns / 2, height / 2 - rows / 2)
    warped = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return warped.astype(np.float32)
