"""A disc whose position is known to a fraction of a pixel."""

from __future__ import annotations

import numpy as np

from tillsight.domain.arrays import Pixels


def dot(width: int, height: int, x: float, y: float, radius: float) -> Pixels:
    """A white disc on black with soft edges whose centre of mass is (x, y)."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32) + 0.5
    inside = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)
    return np.repeat((255 * inside).astype(np.uint8)[:, :, None], 3, axis=2)


def centre_of(pixels: Pixels, background: float = 0.0) -> tuple[float, float]:
    """The centre of mass (x, y) of all pixels that are brighter than the background."""
    weight = np.clip(pixels[:, :, 0].astype(np.float64) - background, 0, None)
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    return float((weight * columns).sum() / weight.sum()), float((weight * rows).sum() / weight.sum())
