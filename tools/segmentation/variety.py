"""What makes one object look like several: bands of other colours, and parts that stick out.

Seams, labels, caps, stems and handles inside one object are what a segmenter learnt from plain objects takes for
borders. Drawn onto cut-outs at random they teach it that a border needs two whole objects.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def banded(rng: np.random.Generator, colour: Floats) -> Floats:
    """Tint what lies within one to three straight bands, keeping the texture: float32 [h, w, 3] 0..255."""
    rows, columns = colour.shape[:2]
    down, across = np.mgrid[:rows, :columns].astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.uniform(0, math.pi)
        along = (across - columns / 2) * math.cos(angle) + (down - rows / 2) * math.sin(angle)
        half = math.hypot(rows, columns) / 2
        start = rng.uniform(-half, half)
        inside = (along > start) & (along < start + rng.uniform(0.1, 1.2) * half)
        strength = rng.uniform(0.5, 0.95)
        tint = rng.uniform(0, 255, 3).astype(np.float32)
        grain = colour.mean(axis=2, keepdims=True) - colour.mean()
        mixed = colour * (1 - strength) + (tint + 0.5 * grain) * strength
        colour = np.where(inside[..., None], mixed, colour)
    return np.asarray(colour, dtype=np.float32)


def with_parts(rng: np.random.Generator, rgba: Pixels) -> Pixels:
    """Add one to three stems, handles, caps or lobes that stick out to a cut-out, uint8 [h, w, 4]: a larger canvas.

    Half of them are of the object's own colours.
    """
    rows, columns = rgba.shape[:2]
    side = max(rows, columns)
    pad = round(0.35 * side)
    under = np.zeros((rows + 2 * pad, columns + 2 * pad, 4), np.uint8)
    solid = np.argwhere(rgba[..., 3] > 200)
    if len(solid) < 50:
        return rgba
    middle = solid.mean(axis=0)
    for _ in range(int(rng.integers(1, 4))):
        root = solid[int(rng.integers(len(solid)))] * 0.8 + middle * 0.2
        way = root - middle
        way = way / max(float(np.hypot(*way)), 1.0)
        start = (int(root[1]) + pad, int(root[0]) + pad)
        reach = rng.uniform(0.15, 0.6) * side
        thick = max(2, round(rng.uniform(0.02, 0.12) * side))
        own = solid[int(rng.integers(len(solid)))]
        colour = rgba[own[0], own[1], :3] if rng.random() < 0.5 else rng.integers(0, 256, 3)
        ink = (*(int(value) for value in colour), 255)
        draw_part(rng, under, start, way, reach, thick, ink)
    over = under[pad : pad + rows, pad : pad + columns]
    alpha = rgba[..., 3:].astype(np.float32) / 255
    colour = rgba[..., :3] * alpha + over[..., :3] * (1 - alpha)
    over[..., :3] = np.where(over[..., 3:] > 0, colour, rgba[..., :3])
    over[..., 3] = np.maximum(over[..., 3], rgba[..., 3])
    return under


def draw_part(
    rng: np.random.Generator,
    under: Pixels,
    start: tuple[int, int],
    way: NDArray[np.float64],
    reach: float,
    thick: int,
    ink: tuple[int, ...],
) -> None:
    """Draw a bent stem, a handle, a lobe on a neck or a cap into `under`, in place.

    It begins at `start` (x, y) and goes the unit way (row, column) for `reach` pixels.
    """
    kind = int(rng.integers(4))
    if kind == 0:
        bend = rng.normal(0, 0.15, (4, 2)).cumsum(axis=0) * reach
        steps = np.linspace(0, 1, 4)[:, None] * way[::-1] * reach + bend[:, ::-1] * np.linspace(0, 1, 4)[:, None]
        line = np.round(np.array(start) + steps).astype(np.int32)
        cv2.polylines(under, [line], False, ink, thick, cv2.LINE_AA)
    elif kind == 1:
        axes = (max(3, round(reach * 0.6)), max(3, round(reach * rng.uniform(0.3, 0.6))))
        cv2.ellipse(under, start, axes, rng.uniform(0, 180), 0, 360, ink, thick, cv2.LINE_AA)
    elif kind == 2:  # a lobe on a neck
        end = (round(start[0] + float(way[1]) * reach), round(start[1] + float(way[0]) * reach))
        cv2.line(under, start, end, ink, thick, cv2.LINE_AA)
        axes = (max(3, round(reach * rng.uniform(0.2, 0.5))), max(3, round(reach * rng.uniform(0.2, 0.5))))
        cv2.ellipse(under, end, axes, rng.uniform(0, 180), 0, 360, ink, -1, cv2.LINE_AA)
    else:
        size = (reach, rng.uniform(0.15, 0.5) * reach + thick)
        centre = (start[0] + float(way[1]) * reach * 0.3, start[1] + float(way[0]) * reach * 0.3)
        corners = cv2.boxPoints((centre, size, math.degrees(math.atan2(way[0], way[1]))))
        cv2.fillPoly(under, [np.round(corners).astype(np.int32)], ink, cv2.LINE_AA)
