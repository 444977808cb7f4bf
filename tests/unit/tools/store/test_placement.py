"""Objects are placed in contact without overlap, or hide no more of each other than allowed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from store.random_streams import stream
from store.scenes import placement
from store.scenes.compositing import warp_object
from store.scenes.occupancy import OccupancyMap


def blocks(count: int) -> list[np.ndarray]:
    """Opaque white blocks of three heights: RGBA."""
    return [np.full((60 + 10 * (i % 3), 90, 4), 255, np.uint8) for i in range(count)]


def adjacent(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((cv2.dilate(one.astype(np.uint8), np.ones((3, 3), np.uint8)) & other).any())


@pytest.mark.parametrize("seed", range(6))
def test_no_object_hides_more_of_another_than_allowed(seed: int) -> None:
    rng = stream(seed)
    occupancy = OccupancyMap(384, 512)
    full: list[int] = []
    for i, block in enumerate(blocks(6)):
        warped = warp_object(rng, block, 90, float(rng.uniform(0, 360)), 0.0)
        mask = (warped[..., 3] > 127).astype(np.uint8) * np.uint8(255)
        position = (
            placement.find_contact(rng, occupancy, mask, i) if i else placement.find_separate(rng, occupancy, mask)
        )
        assert position is not None
        if i:
            position = placement.push_over(occupancy, mask, position, i, 0.08, 40)
        occupancy.add(mask, position)
        full.append(int(np.count_nonzero(mask)))
    seen = np.bincount(occupancy.ids.ravel(), minlength=7)[1:]
    assert all(visible >= 0.92 * area for visible, area in zip(seen, full, strict=True))


def test_contact_without_overlap_shares_an_edge_and_no_pixel() -> None:
    rng = stream(11)
    occupancy = OccupancyMap(256, 256)
    disc = np.zeros((61, 61), np.uint8)
    cv2.circle(disc, (30, 30), 30, 255, -1)
    occupancy.add(disc, (96, 96))
    position = placement.find_contact(rng, occupancy, disc, 1)
    assert position is not None
    assert occupancy.overlap(disc, position) == 0
    occupancy.add(disc, position)
    assert adjacent(occupancy.ids == 1, occupancy.ids == 2)
