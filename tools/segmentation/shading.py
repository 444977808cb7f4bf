"""Flat shapes shaded like rounded bodies."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.arrays import Mask
from tillsight.domain.arrays import Floats, Pixels


def paint_shaded(rng: np.random.Generator, canvas: Pixels, alpha: Pixels, colour: NDArray[np.integer]) -> None:
    """Paint a shape onto an RGBA canvas, uint8 [h, w, 4], in place, lit from a random direction.

    `alpha` is uint8 [h, w]. `colour` is one colour [3] or a texture [h, w, 3].
    """
    height = relief(alpha > 127)
    direction = rng.uniform(0, 2 * math.pi)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) * math.cos(direction) + cv2.Sobel(height, cv2.CV_32F, 0, 1) * math.sin(
        direction
    )
    light = 0.7 + 0.3 * height + rng.uniform(0.1, 0.6) * slope
    gloss = rng.uniform(0, 160) * np.clip(slope - 0.1, 0, None)
    painted = colour.astype(np.float32) * light[..., None] + gloss[..., None]
    opacity = alpha.astype(np.float32)[..., None] / 255
    canvas[..., :3] = np.clip(painted * opacity + canvas[..., :3] * (1 - opacity), 0, 255)
    canvas[..., 3] = np.maximum(canvas[..., 3], alpha)


def relief(mask: Mask) -> Floats:
    """The height of a rounded body with this outline: float32 [h, w], 0..1, slightly blurred."""
    distance = distance_to_edge(mask)
    # The divisor is float32: a Python float above float32's range would turn the quotient into float64 (NumPy 1).
    highest = np.float32(max(float(distance.max()), 1.0))
    return np.asarray(cv2.GaussianBlur(np.sqrt(distance / highest), (0, 0), 2), np.float32)


def distance_to_edge(mask: Mask) -> Floats:
    """The distance of each pixel of a mask to the nearest pixel outside it: float32 [h, w], in pixels, 0 outside."""
    solid = mask.astype(np.uint8)
    if not mask.all():
        return np.asarray(cv2.distanceTransform(solid, cv2.DIST_L2, 3), np.float32)
    # A full mask has no pixel to measure to, and OpenCV returns 3.4e38 everywhere. The image border is its edge.
    framed = cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)
