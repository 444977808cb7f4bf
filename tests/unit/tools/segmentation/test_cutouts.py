"""Cut-outs as image pyramids."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from segmentation.cutouts import LARGEST_CUTOUT, SMALLEST_LEVEL, Cutout


def test_a_large_image_is_shrunk_and_each_level_has_half_the_size() -> None:
    cutout = Cutout.of(np.full((1000, 500, 4), 255, np.uint8))

    sides = [max(level.shape[:2]) for level in cutout.levels]
    assert sides[0] == LARGEST_CUTOUT
    assert all(small == round(large / 2) for large, small in pairwise(sides))
    assert sides[-1] <= SMALLEST_LEVEL


def test_the_area_counts_opaque_pixels_of_the_largest_level() -> None:
    rgba = np.zeros((30, 20, 4), np.uint8)
    rgba[5:15, 5:15, 3] = 255

    assert Cutout.of(rgba).area == 100
