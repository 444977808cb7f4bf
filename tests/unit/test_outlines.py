"""Polygons as run lengths and in boxes; contours are tested through `separate` in test_instances.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco

from tillsight.domain.geometry import Box, Polygon
from tillsight.imaging.masks import run_lengths
from tillsight.imaging.polygons import bounding_box

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
def test_edges_of_the_photo_and_slivers(polygon: Polygon, runs: list[int]) -> None:
    assert run_lengths(polygon, WIDTH, HEIGHT) == runs


corner = st.tuples(st.integers(-8, 80), st.integers(-8, 64)).map(lambda at: (at[0] / 8 + 0.01, at[1] / 8 + 0.01))


@given(st.lists(corner, min_size=3, max_size=12).map(tuple))
def test_a_pixel_is_inside_where_its_centre_is(polygon: Polygon) -> None:
    runs = run_lengths(polygon, WIDTH, HEIGHT)
    assert sum(runs) == WIDTH * HEIGHT
    assert all(runs[1:-1])
    assert (drawn(runs) == centres_inside(polygon)).all()


def test_a_box_around_a_polygon_touches_its_outermost_points() -> None:
    assert bounding_box(((5.0, 2.0), (9.0, 7.5), (3.0, 4.0))) == Box(3.0, 2.0, 6.0, 5.5)
