"""What makes one object look like several: bands of other colours, and parts that protrude.

A segmenter that learns from plain objects takes seams, labels, caps, stems and handles inside one object for
boundaries. Random ones on cut-outs teach it that a boundary needs two whole objects.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Floats, Pixels

SMALLEST_OBJECT = 50
"""Cut-outs with fewer opaque pixels get no parts."""


def add_colour_bands(rng: np.random.Generator, colour: Floats) -> Floats:
    """Tint one to three straight bands of an image, float32 [h, w, 3] 0..255, and keep its texture."""
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
        texture = colour.mean(axis=2, keepdims=True) - colour.mean()
        mixed = colour * (1 - strength) + (tint + 0.5 * texture) * strength
        colour = np.where(inside[..., None], mixed, colour)
    return np.asarray(colour, dtype=np.float32)


def add_protruding_parts(rng: np.random.Generator, rgba: Pixels) -> Pixels:
    """Add one to three stems, handles, caps or lobes to a cut-out, uint8 [h, w, 4]; the canvas grows.

    About half of the parts have a colour of the object itself.
    """
    rows, columns = rgba.shape[:2]
    side = max(rows, columns)
    pad = round(0.35 * side)
    canvas = np.zeros((rows + 2 * pad, columns + 2 * pad, 4), np.uint8)
    opaque = np.argwhere(rgba[..., 3] > 200)
    if len(opaque) < SMALLEST_OBJECT:
        return rgba
    centre = opaque.mean(axis=0)
    for _ in range(int(rng.integers(1, 4))):
        root = opaque[int(rng.integers(len(opaque)))] * 0.8 + centre * 0.2
        direction = root - centre
        direction = direction / max(float(np.hypot(*direction)), 1.0)
        start = (int(root[1]) + pad, int(root[0]) + pad)
        length = rng.uniform(0.15, 0.6) * side
        thickness = max(2, round(rng.uniform(0.02, 0.12) * side))
        sample = opaque[int(rng.integers(len(opaque)))]
        colour = rgba[sample[0], sample[1], :3] if rng.random() < 0.5 else rng.integers(0, 256, 3)
        ink = (*(int(value) for value in colour), 255)
        _draw_protruding_part(rng, canvas, start, direction, length, thickness, ink)
    # The object covers the roots of its parts.
    middle = canvas[pad : pad + rows, pad : pad + columns]
    alpha = rgba[..., 3:].astype(np.float32) / 255
    colour = rgba[..., :3] * alpha + middle[..., :3] * (1 - alpha)
    middle[..., :3] = np.where(middle[..., 3:] > 0, colour, rgba[..., :3])
    middle[..., 3] = np.maximum(middle[..., 3], rgba[..., 3])
    return canvas


def _draw_protruding_part(
    rng: np.random.Generator,
    canvas: Pixels,
    start: tuple[int, int],
    direction: NDArray[np.float64],
    length: float,
    thickness: int,
    ink: tuple[int, ...],
) -> None:
    """Draw a bent stem, a handle, a lobe on a neck or a cap onto the canvas, in place.

    The part begins at `start` (x, y). `direction` is a unit vector (row, column); `length` is in pixels.
    """
    kind = int(rng.integers(4))
    if kind == 0:  # a bent stem
        bend = rng.normal(0, 0.15, (4, 2)).cumsum(axis=0) * length
        steps = np.linspace(0, 1, 4)[:, None] * direction[::-1] * length + bend[:, ::-1] * np.linspace(0, 1, 4)[:, None]
        line = np.round(np.array(start) + steps).astype(np.int32)
        cv2.polylines(canvas, [line], False, ink, thickness, cv2.LINE_AA)
    elif kind == 1:  # a handle
        axes = (max(3, round(length * 0.6)), max(3, round(length * rng.uniform(0.3, 0.6))))
        cv2.ellipse(canvas, start, axes, rng.uniform(0, 180), 0, 360, ink, thickness, cv2.LINE_AA)
    elif kind == 2:  # a lobe on a neck
        end = (round(start[0] + float(direction[1]) * length), round(start[1] + float(direction[0]) * length))
        cv2.line(canvas, start, end, ink, thickness, cv2.LINE_AA)
        axes = (max(3, round(length * rng.uniform(0.2, 0.5))), max(3, round(length * rng.uniform(0.2, 0.5))))
        cv2.ellipse(canvas, end, axes, rng.uniform(0, 180), 0, 360, ink, -1, cv2.LINE_AA)
    else:  # a cap
        size = (length, rng.uniform(0.15, 0.5) * length + thickness)
        middle = (start[0] + float(direction[1]) * length * 0.3, start[1] + float(direction[0]) * length * 0.3)
        corners = cv2.boxPoints((middle, size, math.degrees(math.atan2(direction[0], direction[1]))))
        cv2.fillPoly(canvas, [np.round(corners).astype(np.int32)], ink, cv2.LINE_AA)
