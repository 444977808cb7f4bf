"""Drawn objects of several thin parts: pliers, scissors, ladles, spectacles, hoses with their ends.

Photographed goods are mostly one body, so a segmenter learnt from them takes a tool's limbs for neighbours, or loses
them. These have one to four limbs on one joint, straight, bent or looped, with ends: plain ones, each of one of three
colours, and ones clad in another object's surface.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SIDE, CANVAS = 320, 512
"""About the longer side of an object, and of the canvas it is drawn on, pixels."""
CLAD = 0.5
"""Share of objects clad in another's surface, where there are any."""


def jointed(rng: np.random.Generator, surfaces: Sequence[Pixels] = ()) -> Pixels:
    """An object of limbs on a joint: uint8 RGBA, cropped to what is drawn.

    `surfaces`, uint8 RGBA [h, w, 4] each, are objects whose surface every second one is clad in.
    """
    canvas = np.zeros((CANVAS, CANVAS, 4), np.uint8)
    joint = np.array([CANVAS / 2, CANVAS / 2]) + rng.normal(0, SIDE * 0.06, 2)
    palette: list[NDArray[np.integer]] = [rng.integers(0, 256, 3) for _ in range(2)]
    palette.append(rng.integers(40, 230, 1).repeat(3))
    if surfaces and rng.random() < CLAD:
        clad = surface(surfaces[int(rng.integers(len(surfaces)))])
        palette = [clad, clad, palette[2] if rng.random() < 0.5 else clad]
    limbs = int(rng.choice([1, 2, 3, 4], p=[0.35, 0.4, 0.15, 0.1]))
    angle = rng.uniform(0, 2 * math.pi)
    for _ in range(limbs):
        angle += rng.choice([math.pi, rng.uniform(0.2, 0.9), rng.uniform(0, 2 * math.pi)], p=[0.4, 0.3, 0.3])
        reach = rng.uniform(0.22, 0.46) * SIDE
        thick = max(4, round(reach * rng.uniform(0.04, 0.28)))
        path = bent(rng, joint, angle, reach)
        lay(rng, canvas, path, thick, palette[int(rng.integers(3))])
        if rng.random() < 0.6:
            end(rng, canvas, path, thick, palette[int(rng.integers(3))])
    if rng.random() < 0.5:
        size = max(4, round(rng.uniform(0.02, 0.12) * SIDE))
        blob = np.zeros((CANVAS, CANVAS), np.uint8)
        cv2.circle(blob, tuple(int(value) for value in joint), size, 255, -1, cv2.LINE_AA)
        shaded(rng, canvas, blob, palette[int(rng.integers(3))])
    rows, columns = np.nonzero(canvas[..., 3])
    return canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def clad(rng: np.random.Generator, rgba: Pixels, surfaces: Sequence[Pixels]) -> Pixels:
    """An object of the shape of `rgba`, uint8 [h, w, 4] up to CANVAS, and the surface of one of `surfaces`, lit anew.

    Shapes are easier come by than photographs: a drawing lends its outline, a pack its print.
    """
    canvas = np.zeros_like(rgba)
    cover = surface(surfaces[int(rng.integers(len(surfaces)))])[: rgba.shape[0], : rgba.shape[1]]
    shaded(rng, canvas, np.ascontiguousarray(rgba[..., 3]), cover)
    return canvas


def surface(rgba: Pixels) -> Pixels:
    """An object's colours over a whole canvas, mirrored at the seams: uint8 [CANVAS, CANVAS, 3]."""
    solid = rgba[..., 3] > 127
    filled = np.where(solid[..., None], rgba[..., :3], rgba[solid][:, :3].mean(axis=0).astype(np.uint8))
    rows, columns = (CANVAS // size + 1 for size in filled.shape[:2])
    twice = np.concatenate([filled, filled[::-1]])
    twice = np.concatenate([twice, twice[:, ::-1]], axis=1)
    return np.asarray(np.tile(twice, (rows, columns, 1))[:CANVAS, :CANVAS], np.uint8)


def bent(rng: np.random.Generator, start: NDArray[np.float64], angle: float, reach: float) -> NDArray[np.float64]:
    """A way of `reach` pixels from `start` that turns evenly: float64 [13, 2] (x, y); one in five nearly closes."""
    turn = rng.choice([0.0, rng.normal(0, 0.8), rng.choice([-1, 1]) * rng.uniform(3, 6)], p=[0.45, 0.35, 0.2])
    step = reach * (1 + abs(turn) / 5) / 12
    heading = angle + np.linspace(0, turn, 12)
    ways = np.stack([np.cos(heading), np.sin(heading)], axis=1) * step
    return np.vstack([start, start + ways.cumsum(axis=0)])


def lay(
    rng: np.random.Generator, canvas: Pixels, path: NDArray[np.float64], thick: int, ink: NDArray[np.integer]
) -> None:
    """Draw a limb along a path, even or tapering, in place."""
    limb = np.zeros(canvas.shape[:2], np.uint8)
    taper = rng.choice([1.0, rng.uniform(0.25, 2.0)])
    points = np.round(path).astype(np.int32)
    for index, (here, there) in enumerate(pairwise(points)):
        width = max(3, round(thick * (1 + (taper - 1) * index / len(points))))
        cv2.line(limb, here.tolist(), there.tolist(), 255, width, cv2.LINE_AA)
    shaded(rng, canvas, limb, ink)


def end(
    rng: np.random.Generator, canvas: Pixels, path: NDArray[np.float64], thick: int, ink: NDArray[np.integer]
) -> None:
    """Draw a ring, a bowl or a block at the end of a limb, in place."""
    shape = np.zeros(canvas.shape[:2], np.uint8)
    centre = [int(value) for value in np.round(path[-1])]
    heading = math.degrees(math.atan2(*(path[-1] - path[-2])[::-1]))
    size = max(thick * 0.8, rng.uniform(0.03, 0.12) * SIDE)
    axes = [max(3, round(size)), max(3, round(size * rng.uniform(0.4, 1.0)))]
    kind = int(rng.integers(3))
    if kind == 0:
        cv2.ellipse(shape, centre, axes, heading, 0, 360, 255, max(3, round(thick * rng.uniform(0.5, 1))), cv2.LINE_AA)
    elif kind == 1:
        cv2.ellipse(shape, centre, axes, heading, 0, 360, 255, -1, cv2.LINE_AA)
    else:
        corners = cv2.boxPoints((centre, (2 * axes[0], 2 * axes[1]), heading))
        cv2.fillPoly(shape, [np.round(corners).astype(np.int32)], 255, cv2.LINE_AA)
    shaded(rng, canvas, shape, ink)


def shaded(rng: np.random.Generator, canvas: Pixels, shape: Pixels, ink: NDArray[np.integer]) -> None:
    """Lay a shape over the canvas, lit like a rounded body along a random side, in place."""
    height = cv2.distanceTransform((shape > 127).astype(np.uint8), cv2.DIST_L2, 3)
    height = cv2.GaussianBlur(np.sqrt(height / max(float(height.max()), 1.0)), (0, 0), 2)
    way = rng.uniform(0, 2 * math.pi)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) * math.cos(way) + cv2.Sobel(height, cv2.CV_32F, 0, 1) * math.sin(way)
    light = 0.7 + 0.3 * height + rng.uniform(0.1, 0.6) * slope
    gloss = rng.uniform(0, 160) * np.clip(slope - 0.1, 0, None)
    colour = ink.astype(np.float32) * light[..., None] + gloss[..., None]
    alpha = shape.astype(np.float32)[..., None] / 255
    canvas[..., :3] = np.clip(colour * alpha + canvas[..., :3] * (1 - alpha), 0, 255)
    canvas[..., 3] = np.maximum(canvas[..., 3], shape)
