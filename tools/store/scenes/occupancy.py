"""Which pixels of a counter are occupied, by which object, and which objects touch."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from store.arrays import Mask

Position = tuple[int, int]
"""x, y of an object's upper left corner in pixels."""


class OccupancyMap:
    """The occupied pixels of a counter.

    `ids` uint16 [H, W] holds instance ids (0 = free), `taken` the same as a mask. For the instance with id i,
    `areas[i - 1]` is its area in pixels, `covered[i - 1]` the part of it that later objects hide, `centres[i - 1]` its
    centre (x, y).
    """

    def __init__(self, height: int, width: int) -> None:
        self.ids = np.zeros((height, width), np.uint16)
        self.taken: Mask = np.zeros((height, width), np.uint8)
        self.areas: list[int] = []
        self.covered: list[int] = []
        self.centres: list[tuple[float, float]] = []

    def add(self, mask: Mask, position: Position) -> int:
        """Put a mask [h, w] on top at a position; returns its new id, counted from 1."""
        x, y = position
        h, w = mask.shape
        number = len(self.areas) + 1
        for below, pixels in self.pixels_hidden(mask, position).items():
            self.covered[below - 1] += pixels
        self.ids[y : y + h, x : x + w][mask > 0] = number
        region = self.taken[y : y + h, x : x + w]
        cv2.bitwise_or(region, mask, dst=region)
        self.areas.append(int(cv2.countNonZero(mask)))
        self.covered.append(0)
        self.centres.append((x + w / 2, y + h / 2))
        return number

    def overlap(self, mask: Mask, position: Position) -> int:
        """How many pixels of the mask would lie on other objects; -1 if it would leave the map."""
        x, y = position
        h, w = mask.shape
        if x < 0 or y < 0 or x + w > self.taken.shape[1] or y + h > self.taken.shape[0]:
            return -1
        return int(cv2.countNonZero(cv2.bitwise_and(self.taken[y : y + h, x : x + w], mask)))

    def pixels_hidden(self, mask: Mask, position: Position) -> dict[int, int]:
        """How many pixels of each instance a mask at a position would hide, by id."""
        x, y = position
        h, w = mask.shape
        below = self.ids[y : y + h, x : x + w][mask > 0]
        ids, counts = np.unique(below[below > 0], return_counts=True)
        return {int(i): int(n) for i, n in zip(ids, counts, strict=True)}


def touching_pairs(ids: npt.NDArray[np.integer[Any]], contact: int = 3) -> list[tuple[int, int]]:
    """Pairs (a < b) of ids that are 8-connected neighbours in at least `contact` places of an id map [H, W]."""
    places: dict[tuple[int, int], int] = {}
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
        # both ids in one 64-bit key, the smaller one in the high half
        keys, counts = np.unique(np.minimum(a, b) << 32 | np.maximum(a, b), return_counts=True)
        for key, n in zip(keys, counts, strict=True):
            pair = int(key >> 32), int(key & 0xFFFFFFFF)
            places[pair] = places.get(pair, 0) + int(n)
    return sorted(pair for pair, n in places.items() if n >= contact)
