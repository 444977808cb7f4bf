"""Cut-outs transformed for one scene: rotated, scaled, mirrored, stretched and with changed colours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from segmentation.appearance import add_colour_bands
from segmentation.arrays import Mask
from segmentation.cutouts import Cutout
from tillsight.domain.arrays import Floats

SMALLEST_SIDE, LARGEST_SIDE = 6, 1200
SMALLEST_AREA = 60


@dataclass(frozen=True, slots=True)
class Patch:
    """An object as it is pasted: `colour` float32 [h, w, 3], `alpha` float32 [h, w] 0..1, and where it is opaque."""

    colour: Floats
    alpha: Floats
    mask: Mask


def random_orientation(rng: np.random.Generator) -> float:
    """An object's orientation in radians: uniform, or close to one of the photo's axes."""
    return rng.uniform(0, 2 * math.pi) if rng.random() < 0.6 else rng.choice(4) * math.pi / 2 + rng.normal(0, 0.08)


def transform_cutout(
    rng: np.random.Generator, cutout: Cutout, side: float, band_share: float, orientation: float | None
) -> Patch | None:
    """Transform a cut-out so that its area is about side x side pixels; None if it becomes too thin.

    `orientation` is in radians; None draws one. `band_share` is the probability of bands of another colour.
    """
    scale = side / math.sqrt(max(cutout.area, 1.0))
    # A long and thin object would be longer than the scene at its full area: shrink it.
    longest = max(cutout.levels[0].shape[:2]) * scale
    scale *= min(1.0, 1.6 * side / longest) if longest > 2.6 * side else 1.0
    # Sample from the smallest level that is not smaller than the result, so that the warp does not alias.
    level = 0
    while level + 1 < len(cutout.levels) and scale * 2 ** (level + 1) <= 1.0:
        level += 1
    rgba = cutout.levels[level]
    scale *= cutout.levels[0].shape[0] / rgba.shape[0]
    rows, columns = rgba.shape[:2]
    turn = random_orientation(rng) if orientation is None else orientation
    stretch = math.exp(rng.normal(0, 0.1))
    linear = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    linear = linear @ np.diag([scale * stretch * (-1 if rng.random() < 0.5 else 1), scale / stretch])
    corners = linear @ np.array([[0, columns, columns, 0], [0, 0, rows, rows]], float)
    low, high = corners.min(1), corners.max(1)
    size = np.ceil(high - low).astype(int) + 2
    if size.min() < SMALLEST_SIDE or size.max() > LARGEST_SIDE:
        return None
    matrix = np.hstack([linear, (1 - low)[:, None]])
    warped = cv2.warpAffine(rgba, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3].astype(np.float32) / 255
    mask = alpha > 0.5
    if mask.sum() < SMALLEST_AREA:
        return None
    colour = warped[..., :3].astype(np.float32)
    if rng.random() < band_share:
        colour = add_colour_bands(rng, colour)
    gain = rng.uniform(0.75, 1.2)
    colour_cast = rng.uniform(0.92, 1.08, 3).astype(np.float32)
    colour = colour * gain * colour_cast + np.float32(rng.uniform(-15, 15))
    return Patch(colour, alpha, mask)
