"""Antialiased shapes, and masks and images blended onto a canvas. All functions draw in place."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.arrays import Mask
from store.colours import WHITE, Colour
from tillsight.domain.arrays import Pixels

OPAQUE: Colour = (255, 255, 255)
"""The colour that draws full coverage into a mask."""
_FRACTION_BITS = 4  # of fixed-point coordinates: OpenCV draws with 1/16 pixel


def polygon(canvas: Pixels, points: npt.ArrayLike, colour: Colour) -> None:
    """Fill a polygon, its corners [N, 2] as x, y in pixels, with antialiased edges."""
    corners = (np.asarray(points, np.float64).reshape(-1, 1, 2) * (1 << _FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], colour, lineType=cv2.LINE_AA, shift=_FRACTION_BITS)


def rectangle(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    """Fill a rectangle of w x h pixels centred at (x, y)."""
    polygon(canvas, np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * [w / 2, h / 2] + [x, y], colour)


def ellipse(canvas: Pixels, x: float, y: float, rx: float, ry: float, colour: Colour, degrees: float = 0.0) -> None:
    """Fill an ellipse with centre (x, y) and radii rx, ry in pixels, rotated by `degrees`, edges antialiased."""
    cv2.ellipse(
        canvas,
        (int(x * 16), int(y * 16)),
        (int(rx * 16), int(ry * 16)),
        degrees,
        0,
        360,
        colour,
        -1,
        cv2.LINE_AA,
        shift=_FRACTION_BITS,
    )


def fill_gradient(canvas: Pixels, top: Colour, bottom: Colour, y0: float = 0.0, y1: float = 1.0) -> None:
    """Fill rows y0..y1 (fractions of the height) with a vertical gradient."""
    a, b = int(y0 * canvas.shape[0]), int(y1 * canvas.shape[0])
    ramp = np.linspace(0, 1, max(1, b - a), dtype=np.float32)[:, None]
    rows = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp
    canvas[a:b] = rows.astype(np.uint8)[: b - a, None, :]


def mean_colour(canvas: Pixels, box: tuple[float, float, float, float]) -> Colour:
    """Mean colour inside a box (centre x, centre y, width, height; fractions of the canvas), every third pixel."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box
    part = canvas[
        max(0, int((y - bh / 2) * h)) : int((y + bh / 2) * h) + 1 : 3,
        max(0, int((x - bw / 2) * w)) : int((x + bw / 2) * w) + 1 : 3,
    ]
    if part.size == 0:
        return WHITE
    r, g, b = (int(v) for v in part.reshape(-1, 3).mean(0))
    return r, g, b


def paint_mask(canvas: Pixels, mask: Mask, x: float, y: float, colour: Colour, strength: float = 1.0) -> None:
    """Paint a colour through a mask [H, W] centred at (x, y), its opacity times `strength`, clipped to the canvas."""
    h, w = mask.shape
    left, top = round(x - w / 2), round(y - h / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(canvas.shape[1], left + w), min(canvas.shape[0], top + h)
    if x0 >= x1 or y0 >= y1:
        return
    cover = mask[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.int32)[..., None]
    if strength < 1.0:
        cover = (cover * strength).astype(np.int32)
    region = canvas[y0:y1, x0:x1]
    below = region.astype(np.int32)
    region[:] = (below + (np.array(colour, np.int32) - below) * cover // 255).astype(np.uint8)


def paste(canvas: Pixels, picture: Pixels, x: float, y: float, shadow: float = 0.0) -> None:
    """Blend an RGBA image onto the canvas, centred at (x, y), over a soft shadow of opacity `shadow` (0..1)."""
    h, w = picture.shape[:2]
    if shadow > 0:
        soft = cv2.blur(picture[..., 3], (max(1, w // 12), max(1, h // 12)))
        paint_mask(canvas, np.asarray(soft, np.uint8), x + w * 0.02, y + h * 0.05, (30, 20, 20), shadow)
    left, top = round(x - w / 2), round(y - h / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(canvas.shape[1], left + w), min(canvas.shape[0], top + h)
    if x0 >= x1 or y0 >= y1:
        return
    part = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    cover = part[..., 3:].astype(np.int32)
    region = canvas[y0:y1, x0:x1]
    below = region.astype(np.int32)
    region[:] = (below + (part[..., :3].astype(np.int32) - below) * cover // 255).astype(np.uint8)
