"""Boxes, polygons and instances.

Lengths are pixels of the upright source photo (EXIF orientation applied), origin at its top left corner,
so that the pixel in row r and column c covers [c, c+1) x [r, r+1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle: left edge, top edge, width, height, in pixels of the source photo."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class LetterboxTransform:
    """How a photo is placed in the segmenter's input: turned by 90 degrees if portrait, scaled and centred.

    `width` and `height` are the upright photo's. A point (x, y) of the photo becomes (y, width - x) if `turned`
    (90 degrees counter-clockwise), is then multiplied by `scale` and shifted by (`left`, `top`).
    """

    width: int
    height: int
    scale: float
    left: float
    top: float
    turned: bool

    def to_photo(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points [N, 2] (x, y) of the segmenter's input as points of the photo, clipped to the photo."""
        unscaled = (np.asarray(points, np.float32) - np.array([self.left, self.top], np.float32)) / np.float32(
            self.scale
        )
        if self.turned:
            unscaled = np.stack([self.width - unscaled[:, 1], unscaled[:, 0]], axis=1)
        clipped = np.clip(unscaled, 0, np.array([self.width, self.height], np.float32))
        return np.asarray(clipped, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Instance:
    """One object in a photo.

    `polygon` is the contour of its mask; zero-width slits connect it with the contours of holes. `box` is the
    polygon's bounding box. `score`, 0..1, is the mean foreground probability over the mask.
    """

    box: Box
    polygon: Polygon
    score: float
