"""Where objects are: between pixels, at the image border, and in the photo."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from support.maps import HEIGHT, WHOLE, WIDTH, maps_of
from tillsight.domain.geometry import LetterboxTransform
from tillsight.recognition.instance_separation import (
    photo_window,
    separate_instances,
)


def soft_rectangle(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """The share of each map pixel that a rectangle with edges between pixels covers."""
    across = np.clip(right - np.arange(WIDTH), 0, 1) - np.clip(left - np.arange(WIDTH), 0, 1)
    down = np.clip(bottom - np.arange(HEIGHT), 0, 1) - np.clip(top - np.arange(HEIGHT), 0, 1)
    return np.outer(down, across)


def letterbox_of(width: int, height: int) -> LetterboxTransform:
    turned = height > width
    columns, rows = (height, width) if turned else (width, height)
    scale = min(WIDTH / columns, HEIGHT / rows)
    left, top = (WIDTH - round(columns * scale)) // 2, (HEIGHT - round(rows * scale)) // 2
    return LetterboxTransform(width, height, scale, float(left), float(top), turned)


@pytest.mark.parametrize("left", [60.0, 60.25, 60.5, 60.75])
def test_edges_between_pixels_are_read_from_the_probabilities(left: float) -> None:
    share = soft_rectangle(left, 80.3, left + 120.4, 200.9)
    maps = np.round(share * 255).astype(np.uint8)[None]
    (found,) = separate_instances(maps, WHOLE, method="components")
    assert found.box.x == pytest.approx(left, abs=0.3)
    assert found.box.y == pytest.approx(80.3, abs=0.3)
    assert found.box.x + found.box.width == pytest.approx(left + 120.4, abs=0.3)
    assert found.box.y + found.box.height == pytest.approx(200.9, abs=0.3)


@pytest.mark.parametrize(
    ("width", "height"), [(1600, 1200), (1200, 1600), (3000, 1000), (700, 2000), (512, 384), (300, 299)]
)
def test_a_rectangle_of_the_photo_comes_back_within_half_a_map_pixel(width: int, height: int) -> None:
    placement = letterbox_of(width, height)
    x0, y0, x1, y1 = 0.2 * width, 0.3 * height, 0.45 * width, 0.8 * height
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    if placement.turned:
        corners = np.stack([corners[:, 1], width - corners[:, 0]], axis=1)
    placed = corners * placement.scale + (placement.left, placement.top)
    (left, top), (right, bottom) = placed.min(axis=0), placed.max(axis=0)
    maps = np.round(soft_rectangle(left, top, right, bottom) * 255).astype(np.uint8)[None]
    (found,) = separate_instances(maps, placement, method="components")
    half = 0.5 / placement.scale
    assert (found.box.x, found.box.y) == (pytest.approx(x0, abs=half), pytest.approx(y0, abs=half))
    assert found.box.x + found.box.width == pytest.approx(x1, abs=half)
    assert found.box.y + found.box.height == pytest.approx(y1, abs=half)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in found.polygon)


def test_the_background_of_the_letterbox_is_never_part_of_an_object() -> None:
    placement = letterbox_of(2000, 500)
    maps = np.full((5, HEIGHT, WIDTH), 255, np.uint8)
    maps[2], maps[3:] = 0, 128
    (found,) = separate_instances(maps, placement)
    assert (found.box.x, found.box.y, found.box.width, found.box.height) == pytest.approx((0, 0, 2000, 500), abs=2)
    top, left, height, width = photo_window(placement)
    maps[0, top : top + height, left : left + width] = 0
    assert separate_instances(maps, placement) == ()


def test_an_object_at_the_image_border_reaches_the_border() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[0:100, 400:512] = 1
    (found,) = separate_instances(maps_of(ids), WHOLE)
    assert (found.box.x, found.box.y, found.box.width, found.box.height) == pytest.approx((400, 0, 112, 100), abs=0.6)
