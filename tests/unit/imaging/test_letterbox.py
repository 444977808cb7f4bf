"""A photo in the input of the segmenter, and back, to a fraction of a pixel."""

from __future__ import annotations

import numpy as np
import pytest

from support.discs import centre_of, dot
from tillsight.imaging.letterbox import BACKGROUND_GREY, letterbox

INPUT_HEIGHT, INPUT_WIDTH = 384, 512
SHAPES = [(640, 480), (480, 640), (512, 384), (384, 384), (3000, 20), (20, 3000), (17, 16), (4000, 2251), (2251, 4000)]


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_photo_of_any_aspect_ratio_fits_into_the_letterbox_without_loss(width: int, height: int) -> None:
    canvas, placement = letterbox(np.full((height, width, 3), 255, np.uint8), INPUT_HEIGHT, INPUT_WIDTH)
    assert canvas.shape == (INPUT_HEIGHT, INPUT_WIDTH, 3) and canvas.dtype == np.uint8
    assert placement.turned == (height > width)
    rows, columns = np.where(canvas[:, :, 0] == 255)
    assert max(np.ptp(rows) + 1 - INPUT_HEIGHT, np.ptp(columns) + 1 - INPUT_WIDTH) == 0
    assert set(np.unique(canvas)) <= {BACKGROUND_GREY, 255}


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_the_corners_of_the_photo_come_back_from_the_input(width: int, height: int) -> None:
    _, placement = letterbox(np.zeros((height, width, 3), np.uint8), INPUT_HEIGHT, INPUT_WIDTH)
    far_x, far_y = (height, width) if placement.turned else (width, height)
    corners = np.array([[0, 0], [far_x, 0], [far_x, far_y], [0, far_y]], np.float32)
    in_input = corners * placement.scale + [placement.left, placement.top]
    expected = {(0, 0), (width, 0), (width, height), (0, height)}
    back = placement.to_photo(in_input.astype(np.float32))
    assert {tuple(corner) for corner in np.round(back, 1)} == expected
    outside = placement.to_photo(np.array([[-9e3, -9e3], [9e3, 9e3]], np.float32))
    assert outside.min() == 0 and set(outside.ravel()) <= {0, width, height}


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (1500, 1000), (999, 1501), (200, 200), (90, 70)])
@pytest.mark.parametrize("position", [(0.2, 0.3), (0.85, 0.1), (0.5, 0.9)])
def test_a_point_drawn_in_the_photo_is_where_to_photo_places_it(
    width: int, height: int, position: tuple[float, float]
) -> None:
    x, y = position[0] * width, position[1] * height
    canvas, placement = letterbox(dot(width, height, x, y, min(width, height) / 20), INPUT_HEIGHT, INPUT_WIDTH)
    canvas[canvas == BACKGROUND_GREY] = 0
    seen = np.array([centre_of(canvas)], np.float32)
    error = np.abs(placement.to_photo(seen)[0] - [x, y]) * placement.scale
    assert error.max() < 0.5  # of the input's pixels
