"""Positions of patches in scenes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from segmentation.patches import Patch
from segmentation.placement import beside_object, on_background, overlap, paste, visible_share

PATCH = Patch(np.full((20, 30, 3), 200, np.float32), np.ones((20, 30), np.float32), np.ones((20, 30), bool))


def scene() -> np.ndarray:
    ids = np.zeros((200, 200), np.int32)
    ids[80:120, 80:120] = 1
    return ids


def test_the_overlap_and_the_visible_share_of_a_patch_are_counted() -> None:
    assert overlap(scene(), PATCH, (80, 80)) == 600
    assert overlap(scene(), PATCH, (0, 0)) == 0
    assert visible_share(scene(), PATCH, (0, -15)) == 0.5
    assert visible_share(scene(), PATCH, (0, 500)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_a_position_on_the_background_covers_no_object(seed: int) -> None:
    position = on_background(np.random.default_rng(seed), PATCH, scene())

    assert position is not None
    assert overlap(scene(), PATCH, position) == 0


def test_a_full_scene_has_no_position_on_the_background() -> None:
    assert on_background(np.random.default_rng(0), PATCH, np.ones((60, 60), np.int32)) is None


@pytest.mark.parametrize("seed", range(8))
def test_a_patch_beside_an_object_is_at_most_a_few_pixels_from_it(seed: int) -> None:
    ids = scene()
    image = np.zeros((200, 200, 3), np.float32)
    random = np.random.default_rng(seed)
    position = beside_object(random, PATCH, ids, (100.0, 100.0))
    assert position is not None

    paste(image, ids, PATCH, position, 2, 0.0, 0.3, random)

    distance = cv2.distanceTransform((ids != 1).astype(np.uint8), cv2.DIST_L2, 5)
    assert distance[ids == 2].min() < 5
