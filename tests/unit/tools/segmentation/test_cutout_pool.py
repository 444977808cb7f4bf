"""Pools of objects and backgrounds."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.cutout_pool import CutoutPool, add_variations, mix_pools
from segmentation.cutouts import Cutout


def pool(count: int, backgrounds: int, grey: int) -> CutoutPool:
    cutouts = []
    for _ in range(count):
        rgba = np.zeros((40, 40, 4), np.uint8)
        rgba[4:36, 4:36] = (grey, grey, grey, 255)
        cutouts.append(Cutout.of(rgba))
    return CutoutPool(cutouts, [np.full((8, 8, 3), grey, np.uint8)] * backgrounds)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_a_mixed_pool_has_about_the_wanted_share_of_the_other(share: float) -> None:
    mixed = mix_pools(np.random.default_rng(0), pool(7, 2, 10), pool(60, 5, 200), share)

    of_other = np.mean([cutout.levels[0][20, 20, 0] == 200 for cutout in mixed.cutouts])
    assert of_other == pytest.approx(share, abs=0.08)
    assert sum(int(picture[0, 0, 0]) == 200 for picture in mixed.backgrounds) == 5


def test_without_own_objects_all_come_from_the_other_pool() -> None:
    mixed = mix_pools(np.random.default_rng(0), CutoutPool([], []), pool(6, 2, 200), 0.3)

    assert (len(mixed.cutouts), len(mixed.backgrounds)) == (6, 2)


def test_variations_are_added_to_the_pool() -> None:
    original = pool(20, 1, 90)

    varied = add_variations(np.random.default_rng(0), original)

    assert list(varied.cutouts[:20]) == list(original.cutouts)
    assert len(varied.cutouts) == 20 + 3 + 3 + 2  # protruding, retextured, articulated
