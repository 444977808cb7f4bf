"""The maps that the network has to predict."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.network import MAPS
from segmentation.targets import Scene, compute_targets

HEIGHT, WIDTH = 96, 128


def ids_of(*boxes: tuple[int, int, int, int]) -> NDArray[np.int32]:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    for index, (x, y, width, height) in enumerate(boxes, start=1):
        ids[y : y + height, x : x + width] = index
    return ids


def test_targets_show_where_objects_touch_and_where_their_centres_are() -> None:
    ids = ids_of((10, 20, 30, 30), (40, 20, 30, 30))
    maps = compute_targets(Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), ids, np.ones(ids.shape, bool)))
    assert maps.shape == (len(MAPS) + 1, HEIGHT, WIDTH)
    assert np.array_equal(maps[0], ids > 0)
    assert maps[2, 35, 39] == maps[2, 35, 40] == 1
    assert maps[2, 35, 12] == maps[2, 35, 60] == 0
    assert maps[1, 35, 24] > 0.9 > 0.2 > maps[1, 35, 39]
    assert maps[4, 35, 11] > 0 > maps[4, 35, 38]
    assert maps[5].all()
