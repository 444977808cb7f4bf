"""COCO mask AP."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.coco_ap import coco_ap, detections, truth_annotations
from tillsight.domain.geometry import Box, Instance

SHAPE = (60, 80)


def instance(x: float, y: float, width: float, height: float) -> Instance:
    return Instance(Box(x, y, width, height), ((x, y), (x + width, y), (x + width, y + height), (x, y + height)), 0.9)


def truth() -> np.ndarray:
    ids = np.zeros(SHAPE, np.int32)
    ids[10:30, 10:40], ids[40:55, 50:70] = 1, 2
    return ids


def test_exact_detections_have_an_ap_of_one_and_half_of_them_half() -> None:
    annotations = truth_annotations(truth(), 1, start=1)
    both = [instance(10, 10, 30, 20), instance(50, 40, 20, 15)]

    assert coco_ap(annotations, detections(both, SHAPE, 1), [SHAPE]) == pytest.approx(1.0)
    assert coco_ap(annotations, detections(both[:1], SHAPE, 1), [SHAPE]) == pytest.approx(0.5, abs=0.02)


def test_no_detections_have_an_ap_of_zero() -> None:
    assert coco_ap(truth_annotations(truth(), 1, start=1), [], [SHAPE]) == 0.0
