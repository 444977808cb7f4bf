"""Training scenes and batches."""

from __future__ import annotations

import numpy as np

from segmentation.batches import SceneRecipe, draw_scene
from segmentation.cutout_pool import CutoutPool
from segmentation.cutouts import Cutout

HEIGHT, WIDTH = 96, 128


def disc(size: int, colour: tuple[int, int, int]) -> Cutout:
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    alpha = np.where(rows**2 + columns**2 < (size / 2) ** 2, 255, 0)
    return Cutout.of(np.dstack([np.full((size, size, 3), colour), alpha]).astype(np.uint8))


POOL = CutoutPool([disc(60, (200, 40, 40)), disc(90, (30, 160, 60))], [np.full((50, 70, 3), 180, np.uint8)])


def test_a_composed_scene_depends_only_on_its_seed() -> None:
    first, again, other = (
        draw_scene(np.random.default_rng(seed), [], POOL, SceneRecipe(), HEIGHT, WIDTH) for seed in (5, 5, 6)
    )
    assert np.array_equal(first.image, again.image) and np.array_equal(first.ids, again.ids)
    assert not np.array_equal(first.image, other.image)
