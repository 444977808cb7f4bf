"""Measures of polygons and boxes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.domain.geometry import Box
from tillsight.imaging.polygons import bounding_box, box_iou, polygon_area, rectangle_polygon

REGION = Box(10, 10, 40, 40)
boxes = st.builds(Box, st.floats(-100, 100), st.floats(-100, 100), st.floats(0.5, 100), st.floats(0.5, 100))


def test_a_box_around_a_polygon_touches_its_outermost_points() -> None:
    assert bounding_box(((5.0, 2.0), (9.0, 7.5), (3.0, 4.0))) == Box(3.0, 2.0, 6.0, 5.5)


@pytest.mark.parametrize(
    ("other", "share"),
    [
        pytest.param(Box(10, 10, 40, 40), 1.0, id="the same"),
        pytest.param(Box(10, 10, 40, 20), 0.5, id="half of it"),
        pytest.param(Box(30, 10, 40, 40), 1 / 3, id="half beside it"),
        pytest.param(Box(50, 10, 40, 40), 0.0, id="side by side"),
        pytest.param(Box(200, 200, 5, 5), 0.0, id="apart"),
    ],
)
def test_overlap_is_intersection_over_union_in_either_order(other: Box, share: float) -> None:
    assert box_iou(REGION, other) == box_iou(other, REGION) == pytest.approx(share)


@given(boxes, boxes)
def test_an_overlap_lies_between_0_and_1_and_is_1_only_for_equal_boxes(one: Box, other: Box) -> None:
    share = box_iou(one, other)
    assert 0 <= share <= 1 + 1e-9
    assert box_iou(one, one) == pytest.approx(1)
    if share > 1 - 1e-9:
        sides = [(box.x, box.y, box.width, box.height) for box in (one, other)]
        assert sides[0] == pytest.approx(sides[1], abs=1e-3)


@given(boxes)
def test_a_rectangle_has_its_own_bounding_box_and_area(box: Box) -> None:
    polygon = rectangle_polygon(box.x, box.y, box.width, box.height)
    found = bounding_box(polygon)
    assert (found.x, found.y) == (box.x, box.y)
    assert (found.width, found.height) == pytest.approx((box.width, box.height), rel=1e-6, abs=1e-6)
    assert polygon_area(polygon) == pytest.approx(box.width * box.height, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("direction", [1, -1], ids=["clockwise", "counter-clockwise"])
def test_an_area_does_not_depend_on_the_direction_of_the_outline(direction: int) -> None:
    triangle = ((0.0, 0.0), (10.0, 0.0), (0.0, 4.0))
    assert polygon_area(triangle[::direction]) == 20
