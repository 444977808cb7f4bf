"""Where objects lie: apart from each other, or with their true silhouettes in contact.

A free spot is found on a grid of 8-pixel cells by correlating the object's mask with what is taken;
contact is made at full resolution by sliding the object, one pixel a step, until the next step would
overlap, so that touching silhouettes are neighbours in the picture.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
Spot = tuple[int, int]  # x, y of the upper left corner, pixels
CELL = 8


class Table:
    """What is taken: a map of instance ids (0 = free) and the area still seen of each."""

    def __init__(self, height: int, width: int) -> None:
        self.ids = np.zeros((height, width), np.uint16)
        self.taken: Mask = np.zeros((height, width), np.uint8)
        self.areas: list[int] = []
        self.covered: list[int] = []
        self.spots: list[tuple[float, float]] = []

    def lay(self, mask: Mask, spot: Spot) -> int:
        """Put a mask (255 = object) on top at a spot; returns its new id, counted from 1."""
        x, y = spot
        h, w = mask.shape
        number = len(self.areas) + 1
        for below, pixels in self.hit(mask, spot).items():
            self.covered[below - 1] += pixels
        self.ids[y : y + h, x : x + w][mask > 0] = number
        field = self.taken[y : y + h, x : x + w]
        cv2.bitwise_or(field, mask, dst=field)
        self.areas.append(int(cv2.countNonZero(mask)))
        self.covered.append(0)
        self.spots.append((x + w / 2, y + h / 2))
        return number

    def overlap(self, mask: Mask, spot: Spot) -> int:
        """Pixels of the mask that would lie on something; -1 where it would leave the table."""
        x, y = spot
        h, w = mask.shape
        if x < 0 or y < 0 or x + w > self.taken.shape[1] or y + h > self.taken.shape[0]:
            return -1
        return int(cv2.countNonZero(cv2.bitwise_and(self.taken[y : y + h, x : x + w], mask)))

    def hit(self, mask: Mask, spot: Spot) -> dict[int, int]:
        """Pixels covered of each instance below a mask."""
        x, y = spot
        h, w = mask.shape
        below = self.ids[y : y + h, x : x + w][mask > 0]
        ids, counts = np.unique(below[below > 0], return_counts=True)
        return {int(i): int(n) for i, n in zip(ids, counts, strict=True)}


def apart(rng: np.random.Generator, table: Table, mask: Mask) -> Spot | None:
    """A random spot at least a cell away from everything; None where there is none."""
    return _drawn(rng, _crowding(table, _widened(table.taken), mask) == 0)


def against(rng: np.random.Generator, table: Table, mask: Mask, target: int) -> Spot | None:
    """A spot in contact with something near the target, no pixel shared; None where there is none."""
    free = _crowding(table, _cells(table.taken), mask) == 0
    ring = _widened(((table.ids == target) * 255).astype(np.uint8))
    start = _drawn(rng, free & (_crowding(table, ring, mask) > 0))
    if start is None:
        return None
    h, w = mask.shape
    x, y = table.spots[target - 1]
    return slide(table, mask, start, (int(x - w / 2), int(y - h / 2)), stride=1)


def beside(rng: np.random.Generator, table: Table, mask: Mask, target: int, degrees: float) -> Spot | None:
    """A spot in contact along an axis of a target that lies turned by `degrees`, as packs are put side by side."""
    h, w = mask.shape
    x, y = table.spots[target - 1]
    reach = 0.75 * (np.hypot(h, w) + np.sqrt(table.areas[target - 1]) * 1.6)
    for turn in rng.permutation(4):
        a = np.radians(-degrees + 90.0 * turn)
        slip = rng.normal(0, 0.06) * min(h, w)
        ex, ey = x - w / 2 - slip * np.sin(a), y - h / 2 + slip * np.cos(a)
        start = int(ex + reach * np.cos(a)), int(ey + reach * np.sin(a))
        spot = slide(table, mask, start, (int(ex), int(ey)), stride=6)
        if spot is not None:
            return spot
    return None


def slide(table: Table, mask: Mask, start: Spot, goal: Spot, stride: int) -> Spot | None:
    """The last spot without overlap on the way from start to goal; None where nothing is met or it is off the table."""
    steps = max(abs(goal[0] - start[0]), abs(goal[1] - start[1]), 1)

    def at(step: int) -> Spot:
        return (
            start[0] + round((goal[0] - start[0]) * step / steps),
            start[1] + round((goal[1] - start[1]) * step / steps),
        )

    met = next((s for s in range(0, steps + 1, stride) if table.overlap(mask, at(s)) > 0), None)
    if not met:
        return None
    while met > 0 and table.overlap(mask, at(met)) > 0:  # back out to the very last free step
        met -= 1
    return at(met) if table.overlap(mask, at(met)) == 0 else None


def pressed(table: Table, mask: Mask, spot: Spot, target: int, share: float, steps: int) -> Spot:
    """Push an object up to `steps` pixels towards the target while no object loses more than `share` of its area."""
    area = int(cv2.countNonZero(mask))
    goal_x, goal_y = table.spots[target - 1]
    h, w = mask.shape
    for _ in range(steps):
        dx, dy = goal_x - spot[0] - w / 2, goal_y - spot[1] - h / 2
        far = max(abs(dx), abs(dy), 1.0)
        nearer = spot[0] + round(dx / far), spot[1] + round(dy / far)
        if table.overlap(mask, nearer) < 0:
            break
        hit = table.hit(mask, nearer)
        if any(n + table.covered[i - 1] > share * table.areas[i - 1] or n > share * area for i, n in hit.items()):
            break
        spot = nearer
    return spot


def _cells(mask: Mask) -> Mask:
    """Grid cells (255) that hold any of the mask."""
    h, w = mask.shape
    padded = cv2.copyMakeBorder(mask, 0, -h % CELL, 0, -w % CELL, cv2.BORDER_CONSTANT, value=(0,))
    small = cv2.resize(padded, (padded.shape[1] // CELL, padded.shape[0] // CELL), interpolation=cv2.INTER_AREA)
    return np.asarray((small > 0) * 255, np.uint8)


def _widened(mask: Mask) -> Mask:
    """The mask's cells and their neighbours."""
    return np.asarray(cv2.dilate(_cells(mask), np.ones((3, 3), np.uint8)), np.uint8)


def _crowding(table: Table, taken: Mask, mask: Mask) -> npt.NDArray[np.float32]:
    """Overlap, in cells, of the mask's cells with the taken ones for every corner cell it fits at."""
    kernel = (_cells(mask) > 0).astype(np.float32)
    kh, kw = kernel.shape
    rows, columns = (side // CELL for side in table.taken.shape)  # whole cells: the last may be cut by the edge
    rows, columns = rows - kh, columns - kw
    if rows < 0 or columns < 0:
        return np.ones((0, 0), np.float32)
    field = (taken > 0).astype(np.float32)
    overlap = cv2.filter2D(field, cv2.CV_32F, kernel, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.rint(overlap[: rows + 1, : columns + 1]), np.float32)


def _drawn(rng: np.random.Generator, open_cells: npt.NDArray[np.bool_]) -> Spot | None:
    choices = np.flatnonzero(open_cells)
    if choices.size == 0:
        return None
    row, column = divmod(int(choices[rng.integers(choices.size)]), open_cells.shape[1])
    return column * CELL, row * CELL


def touching_pairs(ids: npt.NDArray[np.integer[Any]], contact: int = 3) -> list[tuple[int, int]]:
    """Pairs (a < b) of ids whose pixels are neighbours, eight ways, in at least `contact` places."""
    seen: dict[tuple[int, int], int] = {}
    for one, other in (
        (ids[:, :-1], ids[:, 1:]),
        (ids[:-1], ids[1:]),
        (ids[:-1, :-1], ids[1:, 1:]),
        (ids[:-1, 1:], ids[1:, :-1]),
    ):
        edge = one != other
        a, b = one[edge].astype(np.int64), other[edge].astype(np.int64)
        both = (a > 0) & (b > 0)
        a, b = a[both], b[both]
        keys, counts = np.unique(np.minimum(a, b) << 32 | np.maximum(a, b), return_counts=True)
        for key, n in zip(keys, counts, strict=True):
            pair = int(key >> 32), int(key & 0xFFFFFFFF)
            seen[pair] = seen.get(pair, 0) + int(n)
    return sorted(pair for pair, n in seen.items() if n >= contact)
