"""Holes of objects."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from support.maps import HEIGHT, WHOLE, WIDTH, Ids, maps_of
from tillsight.domain.geometry import Instance
from tillsight.imaging.masks import run_lengths
from tillsight.recognition.instance_separation import (
    separate_instances,
)


def ring_of(hole: int) -> Ids:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[100:200, 100:220] = 1
    ids[140 : 140 + hole, 150 : 150 + hole] = 0
    return ids


def mask_of(found: Instance) -> NDArray[np.bool_]:
    runs = np.array(run_lengths(found.polygon, WIDTH, HEIGHT))
    return np.repeat(np.arange(len(runs)) % 2, runs).reshape(WIDTH, HEIGHT).T > 0


def test_background_seen_through_a_hole_is_not_part_of_the_object() -> None:
    ids = ring_of(30)
    (found,) = separate_instances(maps_of(ids), WHOLE)
    assert (mask_of(found) == (ids > 0)).all()
    assert (found.box.x, found.box.y) == pytest.approx((100, 100), abs=0.6)
    drawn = cv2.fillPoly(np.zeros(ids.shape, np.uint8), [np.array(found.polygon).astype(np.int32)], (1,))
    assert not drawn[145:165, 155:175].any()


def test_an_object_in_a_hole_of_another_is_an_object_of_its_own() -> None:
    ids = ring_of(40)
    ids[145:175, 155:185] = 2
    ring, inner = separate_instances(maps_of(ids), WHOLE)
    assert (mask_of(ring) == (ids == 1)).all()
    assert (mask_of(inner) == (ids == 2)).all()


def test_a_hole_of_a_few_pixels_is_filled() -> None:
    (found,) = separate_instances(maps_of(ring_of(6)), WHOLE)
    assert (mask_of(found) == (maps_of(ring_of(0))[0] > 0)).all()


def test_all_holes_of_an_object_are_left_out() -> None:
    ids = ring_of(20)
    ids[110:130, 180:210] = 0
    ids[170:190, 110:140] = 0
    (found,) = separate_instances(maps_of(ids), WHOLE)
    assert (mask_of(found) == (ids > 0)).all()
