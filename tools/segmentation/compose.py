"""Copy-paste composition: annotated objects laid anew, apart and touching, on other grounds.

Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation", 2021. Here the
objects are also slid against each other until they touch, since touching is what must be learnt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.targets import Scene
from segmentation.variety import banded

Pixels = NDArray[np.uint8]

LARGEST_CUTOUT = 400
"""Longer side at which cut-outs are kept; the network's input is 640 wide and few objects fill it."""


BANDED = 0.15
"""Share of pasted objects that get bands of another colour."""
TWINS = 0.35
"""Share of scenes in which most objects are one product of one size, three in five of those turned alike."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """An object without its ground, halved again and again: uint8 RGBA levels, largest first."""

    levels: tuple[Pixels, ...]

    @classmethod
    def of(cls, rgba: Pixels) -> Cutout:
        """Keep uint8 [H, W, 4], shrunk to LARGEST_CUTOUT, with the smaller levels a warp can sample unaliased."""
        shrink = LARGEST_CUTOUT / max(rgba.shape[:2])
        if shrink < 1:
            rgba = resized(rgba, shrink)
        levels = [rgba]
        while max(levels[-1].shape[:2]) > 48:
            levels.append(resized(levels[-1], 0.5))
        return cls(tuple(levels))

    @property
    def area(self) -> float:
        """Opaque pixels at the largest level."""
        return float((self.levels[0][..., 3] > 127).sum())


def resized(rgba: Pixels, factor: float) -> Pixels:
    size = max(1, round(rgba.shape[1] * factor)), max(1, round(rgba.shape[0] * factor))
    return np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Stock:
    """What scenes are composed of: objects, and grounds uint8 [h, w, 3] of any size."""

    cutouts: Sequence[Cutout]
    grounds: Sequence[Pixels]


@dataclass(frozen=True, slots=True)
class Patch:
    """An object turned and scaled as it will lie: `colour` float32 [h, w, 3], `alpha` float32 [h, w] 0..1."""

    colour: NDArray[np.float32]
    alpha: NDArray[np.float32]
    solid: NDArray[np.bool_]


def compose(
    rng: np.random.Generator, stock: Stock, height: int, width: int, touch: bool = True, bands: float = BANDED
) -> Scene:
    """A scene of 1 to 22 objects at the given size, none to most of them touching others (with `touch`)."""
    image = ground(rng, stock, height, width)
    ids = np.zeros((height, width), np.int32)
    crowd = rng.choice(3, p=(0.15, 0.5, 0.35))
    wanted = int(rng.integers(*((1, 3), (3, 9), (8, 23))[crowd]))
    cover = rng.uniform(0.1, 0.45) if crowd == 0 else rng.uniform(0.15, 0.75)
    side = math.sqrt(cover * height * width / wanted)
    touching = 0.0 if rng.random() < 0.25 or not touch else rng.uniform(0.3, 1.0)
    light = rng.uniform(0, 2 * math.pi)
    depth = rng.uniform(0.0, 0.6)
    picked = rng.integers(len(stock.cutouts), size=wanted)
    spread = rng.uniform(0.1, 0.5)
    sizes = side * np.exp(rng.normal(0, spread, wanted))
    turns: list[float | None] = [None] * wanted
    if rng.random() < TWINS:  # several of one product side by side look most like one object
        twins = rng.random(wanted) < 0.6
        picked[twins], sizes[twins] = picked[0], sizes[0]
        if rng.random() < 0.6:
            turn = any_turn(rng)
            turns = [turn + rng.normal(0, 0.06) if twin else None for twin in twins]
    placed: list[tuple[float, float]] = []
    for choice, size, given in zip(picked, sizes, turns, strict=True):
        patch = laid(rng, stock.cutouts[int(choice)], min(float(size), 0.8 * height), bands, given)
        if patch is None:
            continue
        spot = None
        if placed and rng.random() < touching:
            spot = beside(rng, patch, ids, placed[int(rng.integers(len(placed)))])
        spot = spot or apart(rng, patch, ids)
        if spot is None:
            continue
        paste(image, ids, patch, spot, len(placed) + 1, light, depth, rng)
        placed.append((spot[0] + patch.solid.shape[0] / 2, spot[1] + patch.solid.shape[1] / 2))
    return Scene(image.clip(0, 255).astype(np.uint8), ids, np.ones(ids.shape, bool))


def ground(rng: np.random.Generator, stock: Stock, height: int, width: int) -> NDArray[np.float32]:
    """A ground turned, scaled and cropped at random: float32 [height, width, 3]."""
    plate = stock.grounds[int(rng.integers(len(stock.grounds)))]
    rows, columns = plate.shape[:2]
    zoom = max(height / rows, width / columns) * math.exp(rng.uniform(0, 0.8))
    turn = rng.choice(4) * 90 + rng.normal(0, 15)
    matrix = cv2.getRotationMatrix2D((columns * rng.uniform(0.3, 0.7), rows * rng.uniform(0.3, 0.7)), turn, zoom)
    matrix[:, 2] += (width / 2 - columns / 2, height / 2 - rows / 2)
    warped = cv2.warpAffine(plate, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return warped.astype(np.float32)


def any_turn(rng: np.random.Generator) -> float:
    """How an object lies, radians: at any angle, or about along the photo's sides."""
    return rng.uniform(0, 2 * math.pi) if rng.random() < 0.6 else rng.choice(4) * math.pi / 2 + rng.normal(0, 0.08)


def laid(rng: np.random.Generator, cutout: Cutout, side: float, bands: float, turn: float | None) -> Patch | None:
    """Turn (by `turn`, radians, where given), mirror, stretch and relight an object so that its area is about
    side x side; None if it gets too thin."""
    scale = side / math.sqrt(max(cutout.area, 1.0))
    longest = max(cutout.levels[0].shape[:2]) * scale
    scale *= min(1.0, 1.6 * side / longest) if longest > 2.6 * side else 1.0
    level = 0
    while level + 1 < len(cutout.levels) and scale * 2 ** (level + 1) <= 1.0:
        level += 1
    rgba = cutout.levels[level]
    scale *= cutout.levels[0].shape[0] / rgba.shape[0]
    rows, columns = rgba.shape[:2]
    turn = any_turn(rng) if turn is None else turn
    stretch = math.exp(rng.normal(0, 0.1))
    linear = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    linear = linear @ np.diag([scale * stretch * (-1 if rng.random() < 0.5 else 1), scale / stretch])
    corners = linear @ np.array([[0, columns, columns, 0], [0, 0, rows, rows]], float)
    low, high = corners.min(1), corners.max(1)
    size = np.ceil(high - low).astype(int) + 2
    if size.min() < 6 or size.max() > 1200:
        return None
    matrix = np.hstack([linear, (1 - low)[:, None]])
    warped = cv2.warpAffine(rgba, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3].astype(np.float32) / 255
    solid = alpha > 0.5
    if solid.sum() < 60:
        return None
    colour = warped[..., :3].astype(np.float32)
    if rng.random() < bands:
        colour = banded(rng, colour)
    colour = colour * rng.uniform(0.75, 1.2) * rng.uniform(0.92, 1.08, 3).astype(np.float32) + np.float32(
        rng.uniform(-15, 15)
    )
    return Patch(colour, alpha, solid)


def window(
    ids: NDArray[np.int32], patch: Patch, spot: tuple[int, int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a patch at `spot` (row, column) lies: slices of the scene and of the patch."""
    (top, left), (rows, columns) = spot, patch.solid.shape
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + rows, ids.shape[0]), min(left + columns, ids.shape[1])
    y1, x1 = max(y1, y0), max(x1, x0)
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


def overlap(ids: NDArray[np.int32], patch: Patch, spot: tuple[int, int]) -> int:
    scene, own = window(ids, patch, spot)
    return int(np.count_nonzero((ids[scene] > 0) & patch.solid[own]))


def visible(ids: NDArray[np.int32], patch: Patch, spot: tuple[int, int]) -> float:
    _, own = window(ids, patch, spot)
    return float(patch.solid[own].sum() / patch.solid.sum())


def beside(
    rng: np.random.Generator, patch: Patch, ids: NDArray[np.int32], anchor: tuple[float, float]
) -> tuple[int, int] | None:
    """Slide the patch towards `anchor` from a random side until it touches; None where the photo ends first."""
    rows, columns = patch.solid.shape
    area = int(patch.solid.sum())
    kind = rng.random()
    allowed = 0 if kind < 0.75 else int(area * rng.uniform(0.0, 0.18))
    gap = rng.integers(1, 4) if kind < 0.25 else 0
    for _ in range(4):
        angle = rng.uniform(0, 2 * math.pi)
        way = np.array([math.sin(angle), math.cos(angle)])
        near, far = 0.0, float(math.hypot(*ids.shape))
        while far - near > 0.7:
            middle = (near + far) / 2
            spot = np.round(np.array(anchor) + way * middle - (rows / 2, columns / 2)).astype(int)
            if overlap(ids, patch, (int(spot[0]), int(spot[1]))) > allowed:
                near = middle
            else:
                far = middle
        spot = np.round(np.array(anchor) + way * (far + gap) - (rows / 2, columns / 2)).astype(int)
        found = int(spot[0]), int(spot[1])
        if (
            visible(ids, patch, found) > (0.97 if rng.random() < 0.85 else 0.5)
            and overlap(ids, patch, found) <= allowed
        ):
            return found
    return None


def apart(rng: np.random.Generator, patch: Patch, ids: NDArray[np.int32]) -> tuple[int, int] | None:
    """A random place where the patch covers nothing; None after a dozen tries."""
    rows, columns = patch.solid.shape
    over = 0.3 if rng.random() < 0.12 else 0.0
    for _ in range(12):
        top = int(rng.integers(-int(over * rows), max(1, ids.shape[0] - int((1 - over) * rows))))
        left = int(rng.integers(-int(over * columns), max(1, ids.shape[1] - int((1 - over) * columns))))
        if overlap(ids, patch, (top, left)) == 0 and visible(ids, patch, (top, left)) > 0.5:
            return top, left
    return None


def paste(
    image: NDArray[np.float32],
    ids: NDArray[np.int32],
    patch: Patch,
    spot: tuple[int, int],
    identity: int,
    light: float,
    depth: float,
    rng: np.random.Generator,
) -> None:
    """Lay the patch and its shadow into the scene, in place."""
    rows, columns = patch.solid.shape
    reach = max(2, round(math.sqrt(rows * columns) * rng.uniform(0.02, 0.12)))
    pad = 3 * reach
    shade = cv2.copyMakeBorder(patch.alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    shade = cv2.blur(cv2.blur(shade, (2 * reach + 1, 2 * reach + 1)), (reach | 1, reach | 1))
    shift = round(reach * math.sin(light)), round(reach * math.cos(light))
    shadow = Patch(patch.colour, shade, shade > 0)
    scene, own = window(ids, shadow, (spot[0] - pad + shift[0], spot[1] - pad + shift[1]))
    image[scene] *= (1 - depth * shade[own])[..., None]
    scene, own = window(ids, patch, spot)
    alpha = patch.alpha[own][..., None]
    image[scene] += (patch.colour[own] - image[scene]) * alpha
    ids[scene][patch.solid[own]] = identity
