"""Where objects lie: separate, or with their true silhouettes in contact.

A free position is found on a grid of 8-pixel cells: the object's mask is correlated with the occupied cells. Contact is
made at full resolution: the object slides one pixel a step until the next step would overlap, so touching silhouettes
are neighbours in the image.
"""

from __future__ import annotations

import cv2
import numpy as np

from store.arrays import Grid, Mask
from store.scenes.occupancy import OccupancyMap, Position
from tillsight.domain.arrays import Floats

CELL = 8  # pixels


def find_separate(rng: np.random.Generator, occupancy: OccupancyMap, mask: Mask) -> Position | None:
    """A random position at least a cell away from every object; None if there is none."""
    return _random_cell(rng, _cell_overlap(occupancy, _dilated_cells(occupancy.taken), mask) == 0)


def find_contact(rng: np.random.Generator, occupancy: OccupancyMap, mask: Mask, target: int) -> Position | None:
    """A position in contact with an object near the target, without overlap; None if there is none."""
    free = _cell_overlap(occupancy, _cells(occupancy.taken), mask) == 0
    ring = _dilated_cells(((occupancy.ids == target) * 255).astype(np.uint8))
    start = _random_cell(rng, free & (_cell_overlap(occupancy, ring, mask) > 0))
    if start is None:
        return None
    h, w = mask.shape
    x, y = occupancy.centres[target - 1]
    return slide(occupancy, mask, start, (int(x - w / 2), int(y - h / 2)), stride=1)


def find_side_by_side(
    rng: np.random.Generator, occupancy: OccupancyMap, mask: Mask, target: int, degrees: float
) -> Position | None:
    """A position in contact along an axis of a target rotated by `degrees`; None if there is none."""
    h, w = mask.shape
    x, y = occupancy.centres[target - 1]
    reach = 0.75 * (np.hypot(h, w) + np.sqrt(occupancy.areas[target - 1]) * 1.6)
    for turn in rng.permutation(4):
        a = np.radians(-degrees + 90.0 * turn)
        slip = rng.normal(0, 0.06) * min(h, w)
        ex, ey = x - w / 2 - slip * np.sin(a), y - h / 2 + slip * np.cos(a)
        start = int(ex + reach * np.cos(a)), int(ey + reach * np.sin(a))
        position = slide(occupancy, mask, start, (int(ex), int(ey)), stride=6)
        if position is not None:
            return position
    return None


def slide(occupancy: OccupancyMap, mask: Mask, start: Position, goal: Position, stride: int) -> Position | None:
    """The last position without overlap on the way from start to goal.

    None if nothing is in the way or the position is outside the map.
    """
    steps = max(abs(goal[0] - start[0]), abs(goal[1] - start[1]), 1)

    def at(step: int) -> Position:
        return (
            start[0] + round((goal[0] - start[0]) * step / steps),
            start[1] + round((goal[1] - start[1]) * step / steps),
        )

    met = next((s for s in range(0, steps + 1, stride) if occupancy.overlap(mask, at(s)) > 0), None)
    if not met:
        return None
    while (
        met > 0 and occupancy.overlap(mask, at(met)) > 0
    ):  # the stride may have skipped steps: back to the last free one
        met -= 1
    return at(met) if occupancy.overlap(mask, at(met)) == 0 else None


def push_over(
    occupancy: OccupancyMap, mask: Mask, position: Position, target: int, share: float, steps: int
) -> Position:
    """Push an object up to `steps` pixels towards the target, so that it overlaps.

    Stops before any object loses more than `share` of its area.
    """
    area = int(cv2.countNonZero(mask))
    goal_x, goal_y = occupancy.centres[target - 1]
    h, w = mask.shape
    for _ in range(steps):
        dx, dy = goal_x - position[0] - w / 2, goal_y - position[1] - h / 2
        far = max(abs(dx), abs(dy), 1.0)
        nearer = position[0] + round(dx / far), position[1] + round(dy / far)
        if occupancy.overlap(mask, nearer) < 0:
            break
        hidden = occupancy.pixels_hidden(mask, nearer)
        if any(
            n + occupancy.covered[i - 1] > share * occupancy.areas[i - 1] or n > share * area for i, n in hidden.items()
        ):
            break
        position = nearer
    return position


def _cells(mask: Mask) -> Mask:
    """The grid cells (255) that hold any pixel of the mask."""
    h, w = mask.shape
    padded = cv2.copyMakeBorder(mask, 0, -h % CELL, 0, -w % CELL, cv2.BORDER_CONSTANT, value=(0,))
    small = cv2.resize(padded, (padded.shape[1] // CELL, padded.shape[0] // CELL), interpolation=cv2.INTER_AREA)
    return np.asarray((small > 0) * 255, np.uint8)


def _dilated_cells(mask: Mask) -> Mask:
    """The mask's cells and their neighbours."""
    return np.asarray(cv2.dilate(_cells(mask), np.ones((3, 3), np.uint8)), np.uint8)


def _cell_overlap(occupancy: OccupancyMap, taken: Mask, mask: Mask) -> Floats:
    """How many of the mask's cells are in `taken`, for each cell of its upper left corner: float32 [rows, columns]."""
    kernel = (_cells(mask) > 0).astype(np.float32)
    kh, kw = kernel.shape
    rows, columns = (
        side // CELL for side in occupancy.taken.shape
    )  # whole cells only: the last may be cut by the image border
    rows, columns = rows - kh, columns - kw
    if rows < 0 or columns < 0:
        return np.ones((0, 0), np.float32)
    region = (taken > 0).astype(np.float32)
    # correlation with the mask's cells, anchored at their upper left corner
    overlap = cv2.filter2D(region, cv2.CV_32F, kernel, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.rint(overlap[: rows + 1, : columns + 1]), np.float32)


def _random_cell(rng: np.random.Generator, open_cells: Grid) -> Position | None:
    """The upper left corner of a random chosen cell, in pixels; None if none is chosen."""
    choices = np.flatnonzero(open_cells)
    if choices.size == 0:
        return None
    row, column = divmod(int(choices[rng.integers(choices.size)]), open_cells.shape[1])
    return column * CELL, row * CELL
