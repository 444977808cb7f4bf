"""Where a patch goes in a scene, and how it is pasted there."""

from __future__ import annotations

import math

import cv2
import numpy as np

from segmentation.patches import Patch
from tillsight.domain.arrays import Floats, Labels

Position = tuple[int, int]
"""The row and the column of a patch's top left corner. It may be outside the scene."""

SEARCHES, ATTEMPTS = 4, 12


def beside_object(rng: np.random.Generator, patch: Patch, ids: Labels, anchor: tuple[float, float]) -> Position | None:
    """A position in contact with objects around `anchor` (row, column); None if the photo ends before.

    Three in four positions allow no overlap, and one in three of those leaves a gap of 1 to 3 pixels.
    """
    rows, columns = patch.mask.shape
    area = int(patch.mask.sum())
    kind = rng.random()
    allowed = 0 if kind < 0.75 else int(area * rng.uniform(0.0, 0.18))
    gap = rng.integers(1, 4) if kind < 0.25 else 0
    for _ in range(SEARCHES):
        angle = rng.uniform(0, 2 * math.pi)
        direction = np.array([math.sin(angle), math.cos(angle)])
        # Bisection over the distance from the anchor: the nearest one at which the overlap is still allowed.
        near, far = 0.0, float(math.hypot(*ids.shape))
        while far - near > 0.7:
            middle = (near + far) / 2
            corner = np.round(np.array(anchor) + direction * middle - (rows / 2, columns / 2)).astype(int)
            if overlap(ids, patch, (int(corner[0]), int(corner[1]))) > allowed:
                near = middle
            else:
                far = middle
        corner = np.round(np.array(anchor) + direction * (far + gap) - (rows / 2, columns / 2)).astype(int)
        position = int(corner[0]), int(corner[1])
        if (
            visible_share(ids, patch, position) > (0.97 if rng.random() < 0.85 else 0.5)
            and overlap(ids, patch, position) <= allowed
        ):
            return position
    return None


def on_background(rng: np.random.Generator, patch: Patch, ids: Labels) -> Position | None:
    """A random position where the patch covers no object; None after ATTEMPTS attempts."""
    rows, columns = patch.mask.shape
    outside = 0.3 if rng.random() < 0.12 else 0.0
    for _ in range(ATTEMPTS):
        top = int(rng.integers(-int(outside * rows), max(1, ids.shape[0] - int((1 - outside) * rows))))
        left = int(rng.integers(-int(outside * columns), max(1, ids.shape[1] - int((1 - outside) * columns))))
        if overlap(ids, patch, (top, left)) == 0 and visible_share(ids, patch, (top, left)) > 0.5:
            return top, left
    return None


def paste(
    image: Floats,
    ids: Labels,
    patch: Patch,
    position: Position,
    identity: int,
    light: float,
    depth: float,
    rng: np.random.Generator,
) -> None:
    """Paste the patch and its shadow into the scene's image and ids, in place.

    `light` is the direction of the shadow in radians, `depth` its darkness, 0..1.
    """
    rows, columns = patch.mask.shape
    reach = max(2, round(math.sqrt(rows * columns) * rng.uniform(0.02, 0.12)))
    pad = 3 * reach
    shade = cv2.copyMakeBorder(patch.alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    shade = cv2.blur(cv2.blur(shade, (2 * reach + 1, 2 * reach + 1)), (reach | 1, reach | 1))
    shift = round(reach * math.sin(light)), round(reach * math.cos(light))
    shadow = Patch(patch.colour, shade, shade > 0)
    scene, own = _overlap_slices(ids, shadow, (position[0] - pad + shift[0], position[1] - pad + shift[1]))
    image[scene] *= (1 - depth * shade[own])[..., None]
    scene, own = _overlap_slices(ids, patch, position)
    alpha = patch.alpha[own][..., None]
    image[scene] += (patch.colour[own] - image[scene]) * alpha
    ids[scene][patch.mask[own]] = identity


def overlap(ids: Labels, patch: Patch, position: Position) -> int:
    """How many pixels of other objects the patch covers."""
    scene, own = _overlap_slices(ids, patch, position)
    return int(np.count_nonzero((ids[scene] > 0) & patch.mask[own]))


def visible_share(ids: Labels, patch: Patch, position: Position) -> float:
    """The share of the patch's pixels inside the scene."""
    _, own = _overlap_slices(ids, patch, position)
    return float(patch.mask[own].sum() / patch.mask.sum())


def _overlap_slices(ids: Labels, patch: Patch, position: Position) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The part of the patch inside the scene, as slices of the scene and of the patch."""
    (top, left), (rows, columns) = position, patch.mask.shape
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + rows, ids.shape[0]), min(left + columns, ids.shape[1])
    y1, x1 = max(y1, y0), max(x1, x0)
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
