"""Masks as polygons, and polygons as run lengths."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco

from tillsight.domain.geometry import Polygon
from tillsight.imaging.masks import polygon_from_mask, run_lengths


@pytest.mark.parametrize(("x", "y", "width", "height"), [(3, 5, 20, 10), (0, 0, 40, 30), (7, 7, 1, 1), (10, 0, 1, 30)])
def test_the_polygon_of_a_rectangular_mask_is_the_rectangle(x: int, y: int, width: int, height: int) -> None:
    mask = np.zeros((30, 40), np.uint8)
    mask[y : y + height, x : x + width] = 255
    found = polygon_from_mask(mask)
    assert found is not None
    points = np.array(found)
    expected = [x, y, x + width, y + height]
    np.testing.assert_allclose([*points.min(axis=0), *points.max(axis=0)], expected, atol=0.3)


def test_the_polygon_of_a_mask_is_the_outer_contour_of_its_largest_region() -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[2:8, 2:8] = 255
    cv2.circle(mask, (50, 30), 20, 200, -1)
    cv2.circle(mask, (50, 30), 5, 0, -1)
    found = polygon_from_mask(mask)
    assert found is not None
    distance = np.hypot(*(np.array(found) - (50.5, 30.5)).T)
    assert distance.min() > 19 and distance.max() < 22


@pytest.mark.parametrize("level", [0, 127])
def test_a_mask_without_foreground_has_no_polygon(level: int) -> None:
    assert polygon_from_mask(np.full((8, 8), level, np.uint8)) is None


WIDTH, HEIGHT = 9, 7


def drawn(runs: list[int], width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.bool_]:
    """Run lengths as every COCO reader draws them, bool [height, width]."""
    code = coco.frPyObjects({"counts": runs, "size": [height, width]}, height, width)
    return np.asarray(coco.decode(code), bool)


def centres_inside(polygon: Polygon, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.bool_]:
    """The even-odd rule, pixel by pixel."""
    mask = np.zeros((height, width), bool)
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5, row + 0.5
            for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
                if (x0 <= x) != (x1 <= x) and y0 + (x - x0) / (x1 - x0) * (y1 - y0) <= y:
                    mask[row, column] ^= True
    return mask


def test_a_rectangle_is_its_pixels() -> None:
    runs = run_lengths(((2.0, 1.0), (5.0, 1.0), (5.0, 4.0), (2.0, 4.0)), WIDTH, HEIGHT)
    assert runs == [2 * HEIGHT + 1, 3, 4, 3, 4, 3, 3 + 4 * HEIGHT]


@pytest.mark.parametrize(
    ("polygon", "runs"),
    [
        (
            ((0.0, 0.0), (9.0, 0.0), (9.0, 7.0), (0.0, 7.0)),
            [0, 63, 0],
        ),  # one run, from the first pixel on
        (((3.1, 3.1), (3.4, 3.1), (3.4, 3.4)), [63]),  # between the centres: no pixel at all
        (((-5.0, -5.0), (20.0, -5.0), (20.0, 20.0), (-5.0, 20.0)), [0, 63, 0]),  # larger than the photo
    ],
)
def test_a_polygon_at_the_image_border_and_a_sliver_have_the_runs_of_their_pixels(
    polygon: Polygon, runs: list[int]
) -> None:
    assert run_lengths(polygon, WIDTH, HEIGHT) == runs


corner = st.tuples(st.integers(-8, 80), st.integers(-8, 64)).map(lambda at: (at[0] / 8 + 0.01, at[1] / 8 + 0.01))


@given(st.lists(corner, min_size=3, max_size=12).map(tuple))
def test_a_pixel_is_inside_where_its_centre_is(polygon: Polygon) -> None:
    runs = run_lengths(polygon, WIDTH, HEIGHT)
    assert sum(runs) == WIDTH * HEIGHT
    assert all(runs[1:-1])
    assert (drawn(runs) == centres_inside(polygon)).all()
