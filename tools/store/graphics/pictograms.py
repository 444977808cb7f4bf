"""Flavour pictograms: a few filled shapes each, shaded as if they were round."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from store.arrays import Mask
from store.colours import Colour, adjust, mix
from store.graphics.pictogram_parts import PAINTS, PICTOGRAMS
from tillsight.domain.arrays import Pixels


@lru_cache(maxsize=512)
def pictogram(name: str, pixels: int, tint: Colour | None = None) -> Pixels:
    """uint8 [pixels, pixels, 4] RGBA of a pictogram. `tint` replaces its main colour. Cached and read-only."""
    _, parts = PICTOGRAMS[name]
    main = main_colour(name) if tint is None else tint
    paints = {**PAINTS, "m": main, "d": adjust(main, value=0.66), "l": mix(main, (255, 255, 255), 0.38)}
    size = pixels * 2  # OpenCV fills these without antialiasing: draw at twice the size and average
    colour = np.zeros((size, size, 3), np.uint8)
    alpha = np.zeros((size, size), np.uint8)
    for key, numbers in parts:
        _paint(colour, numbers, paints[key[-1]], line=key[0] == "L")
        _paint(alpha, numbers, (255, 255, 255), line=key[0] == "L")
    colour = _rounded(colour, alpha)
    small = cv2.resize(
        np.dstack([colour * (alpha[..., None] > 0), alpha]), (pixels, pixels), interpolation=cv2.INTER_AREA
    )
    # averaging mixed the black outside into edge pixels: divide by the coverage
    cover = np.maximum(small[..., 3:].astype(np.float32), 1) / 255
    small[..., :3] = np.clip(small[..., :3] / cover, 0, 255).astype(np.uint8)
    small.setflags(write=False)
    return np.asarray(small, np.uint8)


def main_colour(name: str) -> Colour:
    """The main colour of a pictogram."""
    code = PICTOGRAMS[name][0]
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _paint(sheet: Pixels, numbers: tuple[float, ...], paint: Colour, line: bool) -> None:
    size = sheet.shape[0]
    if line:
        x0, y0, x1, y1, width, _ = (int(v * size) for v in numbers)
        cv2.line(sheet, (x0, y0), (x1, y1), paint, max(1, width))
    elif len(numbers) == 5:
        cx, cy, rx, ry = (int(v * size) for v in numbers[:4])
        cv2.ellipse(sheet, (cx, cy), (rx, ry), float(numbers[4]), 0, 360, paint, -1)
    else:
        cv2.fillPoly(sheet, [(np.array(numbers).reshape(-1, 2) * size).astype(np.int32)], paint)


def _rounded(colour: Pixels, alpha: Mask) -> Pixels:
    """Shade a shape, lit from the upper left; its height grows with the distance from its edge."""
    size = alpha.shape[0]
    height = cv2.GaussianBlur(
        np.sqrt(cv2.distanceTransform((alpha > 0).astype(np.uint8), cv2.DIST_L2, 3)), (0, 0), size * 0.02
    )
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    light = np.clip(1.0 + 0.28 * (slope_x + slope_y) * np.sqrt(size / 128), 0.55, 1.35)
    shaded = colour.astype(np.float32) * light[..., None]
    shine = np.clip((light - 1.16) * 2.2, 0, 0.5)[..., None]
    return np.asarray(np.clip(shaded + (255 - shaded) * shine, 0, 255), np.uint8)
