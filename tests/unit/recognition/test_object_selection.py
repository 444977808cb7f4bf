"""Which object of a reference photo is enrolled."""

from __future__ import annotations

import numpy as np
import pytest

from tillsight.domain.geometry import Box, Instance
from tillsight.imaging.decoding import Photo
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.recognition.object_selection import covers_photo, dominant_polygon, polygon_at_region

REGION = Box(10, 10, 40, 40)


def instance(*shape: float) -> Instance:
    return Instance(Box(*shape), rectangle_polygon(*shape), 1.0)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        pytest.param([], None, id="nothing found"),
        pytest.param([(12, 12, 40, 40)], 0, id="almost the region"),
        pytest.param([(10, 10, 40, 20)], None, id="just half"),
        pytest.param([(10, 10, 40, 21)], 0, id="just over half"),
        pytest.param([(0, 0, 200, 200)], None, id="a large one around it"),
        pytest.param([(10, 10, 40, 30), (9, 9, 41, 41), (60, 60, 40, 40)], 1, id="the best of several"),
    ],
)
def test_a_region_selects_the_object_that_overlaps_it_best_and_by_more_than_half(
    found: list, chosen: int | None
) -> None:
    instances = [instance(*shape) for shape in found]
    assert polygon_at_region(REGION, instances) == (None if chosen is None else instances[chosen].polygon)


def test_only_a_region_of_the_whole_photo_is_the_whole_photo() -> None:
    photo = Photo(np.zeros((80, 120, 3), np.uint8))
    assert covers_photo(photo, Box(0, 0, 120, 80))
    assert not covers_photo(photo, Box(0, 0, 119, 80)) and not covers_photo(photo, Box(1, 0, 119, 80))


def found(*shapes: tuple[float, float, float, float]) -> list[Instance]:
    return [Instance(Box(*shape), rectangle_polygon(*shape), 1.0) for shape in shapes]


@pytest.mark.parametrize(
    ("objects", "chosen"),
    [
        pytest.param([], None, id="nothing found"),
        pytest.param([(10, 10, 40, 40)], 0, id="one object"),
        pytest.param([(5, 5, 10, 10), (30, 10, 50, 50)], 1, id="one beside a small one"),
        pytest.param([(0, 0, 40, 40), (60, 0, 40, 40)], None, id="two alike"),
        pytest.param([(0, 0, 12, 12)], None, id="a tiny object"),
    ],
)
def test_the_dominant_object_is_selected_else_the_whole_photo(objects: list, chosen: int | None) -> None:
    photo = Photo(np.zeros((100, 120, 3), np.uint8))
    expected = rectangle_polygon(0, 0, 120, 100) if chosen is None else found(*objects)[chosen].polygon
    assert dominant_polygon(photo, found(*objects)) == expected
