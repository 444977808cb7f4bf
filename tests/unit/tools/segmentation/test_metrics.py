"""Counts of matched, merged and exactly counted objects."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.metrics import count_matches
from tillsight.domain.geometry import Box, Instance

HEIGHT, WIDTH = 96, 128


def instance(x: float, y: float, width: float, height: float) -> Instance:
    return Instance(Box(x, y, width, height), ((x, y), (x + width, y), (x + width, y + height), (x, y + height)), 0.9)


def ids_of(*boxes: tuple[int, int, int, int]) -> NDArray[np.int32]:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    for index, (x, y, width, height) in enumerate(boxes, start=1):
        ids[y : y + height, x : x + width] = index
    return ids


def test_figures_count_matches_merges_and_exact_photos() -> None:
    truth = ids_of((10, 10, 30, 30), (40, 10, 30, 30), (90, 60, 20, 20))
    right = [instance(10, 10, 30, 30), instance(40, 10, 30, 30), instance(90, 60, 20, 20)]
    perfect = count_matches(truth, right).figures()
    assert perfect == {"foreground_iou": 1, "ap50": 1, "ap75": 1, "precision50": 1, "recall50": 1, "exact_count": 1,
                       "merges": 0}  # fmt: skip
    merged = count_matches(truth, [instance(10, 10, 60, 30), right[2]])
    assert (merged.touching, merged.merged, merged.matched50, merged.exact) == (1, 1, 1, 0)
    assert merged.figures()["ap50"] == pytest.approx(1 / 4)
    nothing = count_matches(truth, []).figures()
    assert nothing["ap50"] == nothing["foreground_iou"] == nothing["merges"] == 0
    assert count_matches(np.zeros((HEIGHT, WIDTH), np.int32), []).figures()["foreground_iou"] == 1
