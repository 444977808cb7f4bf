"""Composed scenes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from segmentation.composition import compose_scene
from segmentation.cutout_pool import CutoutPool
from segmentation.cutouts import Cutout
from segmentation.metrics import touching_pairs


def disc(size: int, colour: tuple[int, int, int]) -> Cutout:
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    alpha = np.where(rows**2 + columns**2 < (size / 2) ** 2, 255, 0)
    return Cutout.of(np.dstack([np.full((size, size, 3), colour), alpha]).astype(np.uint8))


POOL = CutoutPool([disc(60, (200, 40, 40)), disc(90, (30, 160, 60))], [np.full((50, 70, 3), 180, np.uint8)])


def test_composed_scenes_have_touching_objects_and_single_ones() -> None:
    scenes = [compose_scene(np.random.default_rng(seed), POOL, 192, 256) for seed in range(30)]
    pairs = [len(touching_pairs(scene.ids)) for scene in scenes]
    counts = [len(np.unique(scene.ids)) - 1 for scene in scenes]
    assert min(counts) == 1 and max(counts) >= 8
    assert min(pairs) == 0 and max(pairs) >= 3


def test_some_scenes_show_one_product_many_times_in_one_orientation(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = np.zeros((60, 20, 4), np.uint8)
    bar[..., 3] = 255
    pool = CutoutPool([Cutout.of(bar)], [np.full((96, 128, 3), 90, np.uint8)])

    def same_orientation(seed: int) -> bool:
        """Whether more than half of a scene's bars lie within 10 degrees of one of them."""
        ids = compose_scene(np.random.default_rng(seed), pool, 384, 512, touch=False).ids
        lying = [cv2.fitEllipse(np.argwhere(ids == one).astype(np.float32))[2] for one in range(1, int(ids.max()) + 1)]
        apart = np.abs((np.subtract.outer(lying, lying) + 90) % 180 - 90)
        return len(lying) > 4 and bool(((apart < 10).mean(axis=1) > 0.5).any())

    with_repeats = sum(map(same_orientation, range(60)))
    monkeypatch.setattr("segmentation.composition.REPEATED_PRODUCT_SHARE", 0.0)
    assert with_repeats >= 5 + sum(map(same_orientation, range(60)))
