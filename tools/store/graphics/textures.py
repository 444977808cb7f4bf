"""Plain sheets, rounded masks, smooth noise and grain."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from store.arrays import Mask
from store.colours import Colour
from tillsight.domain.arrays import Floats, Pixels


def solid_colour(height: int, width: int, colour: Colour) -> Pixels:
    """uint8 [height, width, 3] of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def rounded_mask(height: int, width: int, radius: float) -> Mask:
    """Coverage [height, width] of a rectangle with corners of `radius` pixels that fills the sheet."""
    r = max(1.0, radius)
    y = np.abs(np.arange(height, dtype=np.float32) - (height - 1) / 2)[:, None] - (height / 2 - r)
    x = np.abs(np.arange(width, dtype=np.float32) - (width - 1) / 2)[None, :] - (width / 2 - r)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0)
    return np.asarray(np.clip((r - outside) * 255, 0, 255), np.uint8)


def smooth_noise(rng: np.random.Generator, height: int, width: int, cells_y: int, cells_x: int) -> Floats:
    """Noise [height, width] in about -1..1, interpolated from cells_y x cells_x random values."""
    grid = rng.uniform(-1, 1, (max(2, cells_y), max(2, cells_x))).astype(np.float32)
    return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def add_grain(image: Pixels, tile: npt.NDArray[np.floating[Any]]) -> Pixels:
    """The image plus a signed tile [h, w, 1 or 3], in grey levels, repeated over the whole image."""
    h, w = image.shape[:2]
    for sign, apply in ((1, cv2.add), (-1, cv2.subtract)):
        levels = np.clip(np.rint(tile * sign), 0, 255).astype(np.uint8)
        sheet = cv2.repeat(levels, h // tile.shape[0] + 1, w // tile.shape[1] + 1)[:h, :w]
        image = np.asarray(apply(image, sheet if tile.shape[2] == 3 else cv2.merge([sheet] * 3)), np.uint8)
    return image
