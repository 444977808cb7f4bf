"""Drawn articulated objects of several thin parts, such as pliers, scissors, ladles, glasses and hoses.

Most photographed products are one compact body. A segmenter that learns only from them takes the parts of a tool for
separate objects, or misses them. The drawn objects have one to four parts on one joint, straight, bent or looped, with
or without end pieces. Some are plain, in three colours; others have the texture of another cut-out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.shading import paint_shaded
from tillsight.domain.arrays import Pixels

SIDE, CANVAS = 320, 512
"""The approximate longer side of an object, and the side of the canvas it is drawn on, pixels."""
TEXTURED_SHARE = 0.5
"""Share of objects with the texture of another cut-out, if there are any."""

Ink = NDArray[np.integer]
"""One colour [3] or a texture [CANVAS, CANVAS, 3]."""
Path = NDArray[np.float64]
"""A polyline: float64 [13, 2] of (x, y)."""


def draw_articulated_object(rng: np.random.Generator, textures: Sequence[Pixels] = ()) -> Pixels:
    """An object of parts on a joint: uint8 RGBA, cropped to the drawing.

    `textures` are cut-outs, uint8 RGBA [h, w, 4]; about half of the objects take the texture of one.
    """
    canvas = np.zeros((CANVAS, CANVAS, 4), np.uint8)
    joint = np.array([CANVAS / 2, CANVAS / 2]) + rng.normal(0, SIDE * 0.06, 2)
    inks: list[Ink] = [rng.integers(0, 256, 3) for _ in range(2)]
    inks.append(rng.integers(40, 230, 1).repeat(3))
    if textures and rng.random() < TEXTURED_SHARE:
        texture = tile_texture(textures[int(rng.integers(len(textures)))])
        inks = [texture, texture, inks[2] if rng.random() < 0.5 else texture]
    parts = int(rng.choice([1, 2, 3, 4], p=[0.35, 0.4, 0.15, 0.1]))
    angle = rng.uniform(0, 2 * math.pi)
    for _ in range(parts):
        # Opposite the previous part, close to it, or anywhere.
        angle += rng.choice([math.pi, rng.uniform(0.2, 0.9), rng.uniform(0, 2 * math.pi)], p=[0.4, 0.3, 0.3])
        length = rng.uniform(0.22, 0.46) * SIDE
        thickness = max(4, round(length * rng.uniform(0.04, 0.28)))
        path = _curved_path(rng, joint, angle, length)
        _draw_part(rng, canvas, path, thickness, inks[int(rng.integers(3))])
        if rng.random() < 0.6:
            _draw_end_piece(rng, canvas, path, thickness, inks[int(rng.integers(3))])
    if rng.random() < 0.5:
        radius = max(4, round(rng.uniform(0.02, 0.12) * SIDE))
        disc = np.zeros((CANVAS, CANVAS), np.uint8)
        cv2.circle(disc, tuple(int(value) for value in joint), radius, 255, -1, cv2.LINE_AA)
        paint_shaded(rng, canvas, disc, inks[int(rng.integers(3))])
    rows, columns = np.nonzero(canvas[..., 3])
    return canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def retexture(rng: np.random.Generator, rgba: Pixels, textures: Sequence[Pixels]) -> Pixels:
    """The shape of a cut-out, uint8 RGBA up to CANVAS, with the texture of one of `textures` and new shading.

    Shapes are easier to get than photographs: a drawing gives its outline, a package its print.
    """
    canvas = np.zeros_like(rgba)
    texture = tile_texture(textures[int(rng.integers(len(textures)))])[: rgba.shape[0], : rgba.shape[1]]
    paint_shaded(rng, canvas, np.ascontiguousarray(rgba[..., 3]), texture)
    return canvas


def tile_texture(rgba: Pixels) -> Pixels:
    """A cut-out's colours tiled over a canvas and mirrored at the seams: uint8 [CANVAS, CANVAS, 3]."""
    opaque = rgba[..., 3] > 127
    filled = np.where(opaque[..., None], rgba[..., :3], rgba[opaque][:, :3].mean(axis=0).astype(np.uint8))
    rows, columns = (CANVAS // size + 1 for size in filled.shape[:2])
    mirrored = np.concatenate([filled, filled[::-1]])
    mirrored = np.concatenate([mirrored, mirrored[:, ::-1]], axis=1)
    return np.asarray(np.tile(mirrored, (rows, columns, 1))[:CANVAS, :CANVAS], np.uint8)


def _curved_path(rng: np.random.Generator, start: NDArray[np.float64], angle: float, length: float) -> Path:
    """A path of about `length` pixels with constant curvature; one in five nearly closes into a loop."""
    turn = rng.choice([0.0, rng.normal(0, 0.8), rng.choice([-1, 1]) * rng.uniform(3, 6)], p=[0.45, 0.35, 0.2])
    step = length * (1 + abs(turn) / 5) / 12
    headings = angle + np.linspace(0, turn, 12)
    steps = np.stack([np.cos(headings), np.sin(headings)], axis=1) * step
    return np.vstack([start, start + steps.cumsum(axis=0)])


def _draw_part(rng: np.random.Generator, canvas: Pixels, path: Path, thickness: int, ink: Ink) -> None:
    """Draw a part along a path, of constant or tapering thickness, in place."""
    alpha = np.zeros(canvas.shape[:2], np.uint8)
    taper = rng.choice([1.0, rng.uniform(0.25, 2.0)])
    points = np.round(path).astype(np.int32)
    for index, (here, there) in enumerate(pairwise(points)):
        width = max(3, round(thickness * (1 + (taper - 1) * index / len(points))))
        cv2.line(alpha, here.tolist(), there.tolist(), 255, width, cv2.LINE_AA)
    paint_shaded(rng, canvas, alpha, ink)


def _draw_end_piece(rng: np.random.Generator, canvas: Pixels, path: Path, thickness: int, ink: Ink) -> None:
    """Draw a ring, a bowl or a block at the end of a part, in place."""
    alpha = np.zeros(canvas.shape[:2], np.uint8)
    centre = [int(value) for value in np.round(path[-1])]
    heading = math.degrees(math.atan2(*(path[-1] - path[-2])[::-1]))
    size = max(thickness * 0.8, rng.uniform(0.03, 0.12) * SIDE)
    axes = [max(3, round(size)), max(3, round(size * rng.uniform(0.4, 1.0)))]
    kind = int(rng.integers(3))
    if kind == 0:  # a ring
        line = max(3, round(thickness * rng.uniform(0.5, 1)))
        cv2.ellipse(alpha, centre, axes, heading, 0, 360, 255, line, cv2.LINE_AA)
    elif kind == 1:  # a bowl
        cv2.ellipse(alpha, centre, axes, heading, 0, 360, 255, -1, cv2.LINE_AA)
    else:  # a block
        corners = cv2.boxPoints((centre, (2 * axes[0], 2 * axes[1]), heading))
        cv2.fillPoly(alpha, [np.round(corners).astype(np.int32)], 255, cv2.LINE_AA)
    paint_shaded(rng, canvas, alpha, ink)
