"""Smooth-edged polygons, ovals and gradients on a canvas."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.colours import WHITE, Colour

Pixels = npt.NDArray[np.uint8]
_SUB = 4  # fractional bits of polygon corners


def polygon(canvas: Pixels, points: npt.ArrayLike, colour: Colour) -> None:
    """Fill a polygon given in pixels, edges smoothed."""
    corners = (np.asarray(points, np.float64).reshape(-1, 1, 2) * (1 << _SUB)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], colour, lineType=cv2.LINE_AA, shift=_SUB)


def oval(canvas: Pixels, x: float, y: float, rx: float, ry: float, colour: Colour, degrees: float = 0.0) -> None:
    """Fill an ellipse, edges smoothed."""
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
        shift=_SUB,
    )


def gradient(canvas: Pixels, top: Colour, bottom: Colour, y0: float = 0.0, y1: float = 1.0) -> None:
    """Fill rows y0..y1 (shares of the height) with a vertical gradient."""
    a, b = int(y0 * canvas.shape[0]), int(y1 * canvas.shape[0])
    ramp = np.linspace(0, 1, max(1, b - a), dtype=np.float32)[:, None]
    rows = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp
    canvas[a:b] = rows.astype(np.uint8)[: b - a, None, :]


def ground_at(canvas: Pixels, box: tuple[float, float, float, float]) -> Colour:
    """Mean colour under a box, so that ink can be chosen to be read on it."""
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
