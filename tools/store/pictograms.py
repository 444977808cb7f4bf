"""Flavour pictures: a few painted parts each, then shaded as if round, so that they look like small photos."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from store.colours import Colour, mix, turn
from store.drawings import DRAWINGS, PAINTS
from store.typography import stamp

Pixels = npt.NDArray[np.uint8]


@lru_cache(maxsize=512)
def pictogram(name: str, pixels: int, tint: Colour | None = None) -> Pixels:
    """RGBA [pixels, pixels, 4] of a picture, shaded; its main colour is `tint` where one is given."""
    main_hex, parts = DRAWINGS[name]
    drawn: Colour = (int(main_hex[1:3], 16), int(main_hex[3:5], 16), int(main_hex[5:7], 16))
    main = drawn if tint is None else tint
    paints = {**PAINTS, "m": main, "d": turn(main, value=0.66), "l": mix(main, (255, 255, 255), 0.38)}
    size = pixels * 2
    colour = np.zeros((size, size, 3), np.uint8)
    alpha = np.zeros((size, size), np.uint8)
    for key, numbers in parts:
        _paint(colour, numbers, paints[key[-1]], line=key[0] == "L")
        _paint(alpha, numbers, (255, 255, 255), line=key[0] == "L")
    colour = _rounded(colour, alpha)
    small = cv2.resize(
        np.dstack([colour * (alpha[..., None] > 0), alpha]), (pixels, pixels), interpolation=cv2.INTER_AREA
    )
    cover = np.maximum(small[..., 3:].astype(np.float32), 1) / 255
    small[..., :3] = np.clip(small[..., :3] / cover, 0, 255).astype(np.uint8)
    small.setflags(write=False)
    return np.asarray(small, np.uint8)


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


def _rounded(colour: Pixels, alpha: Pixels) -> Pixels:
    """Light from the upper left on a body whose height grows with the distance from its edge."""
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


def place(canvas: Pixels, picture: Pixels, x: float, y: float, shadow: float = 0.0) -> None:
    """Blend an RGBA picture onto the canvas, centred at (x, y), over a soft shadow of the given strength."""
    h, w = picture.shape[:2]
    if shadow > 0:
        soft = cv2.blur(picture[..., 3], (max(1, w // 12), max(1, h // 12)))
        stamp(canvas, np.asarray(soft, np.uint8), x + w * 0.02, y + h * 0.05, (30, 20, 20), shadow)
    left, top = round(x - w / 2), round(y - h / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(canvas.shape[1], left + w), min(canvas.shape[0], top + h)
    if x0 >= x1 or y0 >= y1:
        return
    part = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    cover = part[..., 3:].astype(np.int32)
    field = canvas[y0:y1, x0:x1]
    ground = field.astype(np.int32)
    field[:] = (ground + (part[..., :3].astype(np.int32) - ground) * cover // 255).astype(np.uint8)
