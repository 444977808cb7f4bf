"""Letterbox, crop and outline: geometry to a fraction of a pixel. Decoding is in test_decode.py."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pictures import BLUE, GREEN, RED, Pixels, quarters
from tillsight.imaging.crops import MARGIN, crop_polygon, deskew_angle
from tillsight.imaging.letterbox import BACKGROUND_GREY, letterbox
from tillsight.imaging.masks import polygon_from_mask
from tillsight.imaging.polygons import rectangle_polygon

INPUT_HEIGHT, INPUT_WIDTH = 384, 512
SHAPES = [(640, 480), (480, 640), (512, 384), (384, 384), (3000, 20), (20, 3000), (17, 16), (4000, 2251), (2251, 4000)]


def dot(width: int, height: int, x: float, y: float, radius: float) -> Pixels:
    """A white disc on black whose centre of mass is (x, y), edges not drawn too sharp."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32) + 0.5
    inside = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)
    return np.repeat((255 * inside).astype(np.uint8)[:, :, None], 3, axis=2)


def centre_of(pixels: Pixels, ground: float = 0.0) -> tuple[float, float]:
    """The centre of mass of what is brighter than the ground, (x, y)."""
    weight = np.clip(pixels[:, :, 0].astype(np.float64) - ground, 0, None)
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    return float((weight * columns).sum() / weight.sum()), float((weight * rows).sum() / weight.sum())


def _box(centre: tuple[float, float], sides: tuple[float, float], degrees: float) -> np.ndarray:
    """The corners of a rectangle, turned clockwise with its surroundings about the middle of a photo of 400 pixels."""
    turn = np.radians(degrees)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(sides) / 2 + centre
    return np.asarray(corners @ spin.T + 200, np.float32)


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_letterboxed_photo_of_any_aspect_fits_whole(width: int, height: int) -> None:
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
@pytest.mark.parametrize("place", [(0.2, 0.3), (0.85, 0.1), (0.5, 0.9)])
def test_what_is_drawn_lands_where_to_photo_says(width: int, height: int, place: tuple[float, float]) -> None:
    x, y = place[0] * width, place[1] * height
    canvas, placement = letterbox(dot(width, height, x, y, min(width, height) / 20), INPUT_HEIGHT, INPUT_WIDTH)
    canvas[canvas == BACKGROUND_GREY] = 0
    seen = np.array([centre_of(canvas)], np.float32)
    error = np.abs(placement.to_photo(seen)[0] - [x, y]) * placement.scale
    assert error.max() < 0.5  # of the input's pixels


def test_a_crop_shows_its_object_centred_on_neutral_ground() -> None:
    photo = np.full((300, 400, 3), 255, np.uint8)
    photo[100:160, 200:320] = RED
    cut = crop_polygon(photo, rectangle_polygon(200, 100, 120, 60), 128)
    assert cut.shape == (128, 128, 3) and cut.dtype == np.uint8
    half = 64 / (1 + 2 * MARGIN)
    np.testing.assert_array_equal(cut[64, 64], RED)
    np.testing.assert_array_equal(cut[64, round(64 - half) + 2], RED)
    np.testing.assert_array_equal(cut[64, round(64 - half) - 3], [BACKGROUND_GREY] * 3)
    np.testing.assert_array_equal(cut[round(64 - half / 2) + 2, 64], RED)
    np.testing.assert_array_equal(cut[round(64 - half / 2) - 3, 64], [BACKGROUND_GREY] * 3)


@pytest.mark.parametrize("scale", [1, 10], ids=["enlarged", "shrunk"])
@pytest.mark.parametrize(
    ("degrees", "clockwise"),
    [
        (0, (RED, GREEN, (255, 255, 255), BLUE)),
        (90, (BLUE, RED, GREEN, (255, 255, 255))),
        (180, ((255, 255, 255), BLUE, RED, GREEN)),
        (270, (GREEN, (255, 255, 255), BLUE, RED)),
    ],
)
def test_a_quarter_turn_turns_the_crop_clockwise(scale: int, degrees: int, clockwise: tuple) -> None:
    photo = quarters(40, 40).repeat(scale, 0).repeat(scale, 1)
    photo[20 * scale :, 20 * scale :], photo[20 * scale :, : 20 * scale] = (255, 255, 255), BLUE
    cut = crop_polygon(photo, rectangle_polygon(0, 0, 40 * scale, 40 * scale), 100, degrees)
    corners = [cut[25, 25], cut[25, 75], cut[75, 75], cut[75, 25]]
    np.testing.assert_allclose(corners, clockwise, atol=2)


def test_an_eighth_turn_fits_the_square_to_the_turned_object() -> None:
    photo = np.full((200, 200, 3), RED, np.uint8)
    cut = crop_polygon(photo, rectangle_polygon(50, 50, 100, 100), 128, 45)
    reach = 64 / (1 + 2 * MARGIN)
    for x, y in [(0, -1), (1, 0), (0, 1), (-1, 0)]:  # the corners of the square now point along the axes
        inner, outer = reach - 3, reach + 2
        np.testing.assert_allclose(cut[round(63.5 + y * inner), round(63.5 + x * inner)], RED, atol=2)
        np.testing.assert_array_equal(cut[round(63.5 + y * outer), round(63.5 + x * outer)], [BACKGROUND_GREY] * 3)
    np.testing.assert_array_equal(cut[20, 20], [BACKGROUND_GREY] * 3)


@pytest.mark.parametrize("degrees", [0, 30, 90, 200])
@pytest.mark.parametrize("side", [40, 111, 900])
def test_a_crop_puts_every_point_where_its_turn_says(degrees: float, side: int) -> None:
    photo = dot(1000, 1000, 50 + 0.3 * side, 50 + 0.4 * side, side / 12)
    cut = crop_polygon(photo, rectangle_polygon(50, 50, side, side), 128, degrees)
    turn = np.radians(degrees)
    extent = side * (abs(np.cos(turn)) + abs(np.sin(turn))) * (1 + 2 * MARGIN)
    dx, dy = -0.2 * side, -0.1 * side
    expected = (
        64 + (dx * np.cos(turn) - dy * np.sin(turn)) * 128 / extent,
        64 + (dx * np.sin(turn) + dy * np.cos(turn)) * 128 / extent,
    )
    np.testing.assert_allclose(centre_of(cut, BACKGROUND_GREY), expected, atol=0.4)


@pytest.mark.parametrize("degrees", [-44, -20, 0, 3, 33, 44])
def test_a_pack_lying_anyhow_is_cut_out_as_one_that_lies_straight(degrees: float) -> None:
    def cut_of(turn: float) -> np.ndarray:
        photo = np.full((400, 400, 3), 255, np.uint8)
        for colour, centre, sides in ((RED, (0, 0), (160, 90)), (BLUE, (-50, 20), (40, 30))):
            cv2.fillPoly(photo, [_box(centre, sides, turn).round().astype(np.int32)], colour)
        return crop_polygon(photo, tuple(map(tuple, _box((0, 0), (160, 90), turn))), 128)

    apart = np.abs(cut_of(degrees).astype(int) - cut_of(0)).max(axis=2)
    assert (apart > 60).mean() < 0.03  # the edges' pixels


@pytest.mark.parametrize("turn", [0, 5, 44, 46, 90, 133, 179])
@pytest.mark.parametrize("sides", [(160, 90), (100, 100), (200, 7)])
def test_straightening_lays_the_sides_of_an_object_along_the_photos(turn: float, sides: tuple[int, int]) -> None:
    degrees = deskew_angle(tuple(map(tuple, _box((0, 0), sides, turn))))
    assert -45 <= degrees <= 45
    left = (turn + degrees) % 90
    assert min(left, 90 - left) < 0.1


@pytest.mark.parametrize("side", [20, 400], ids=["enlarged", "shrunk"])
def test_an_object_at_the_border_of_the_photo_stays_whole(side: int) -> None:
    photo = np.full((side, side, 3), RED, np.uint8)
    cut = crop_polygon(photo, rectangle_polygon(0, 0, side, side), 128)
    reach = 64 / (1 + 2 * MARGIN)
    inside = slice(round(64 - reach) + 2, round(64 + reach) - 2)
    assert np.abs(cut[inside, inside].astype(int) - RED).max() <= 2


@pytest.mark.parametrize(
    "polygon",
    [
        pytest.param(rectangle_polygon(50, 20, 1, 60), id="a pixel wide"),
        pytest.param(rectangle_polygon(20, 50, 60, 0.2), id="a fifth of a pixel high"),
        pytest.param(((10.0, 10.0), (60.0, 10.0), (10.0, 10.0)), id="a line"),
        pytest.param(((30.0, 30.0),), id="a point"),
        pytest.param(((100.0, 0.0), (100.0, 80.0), (100.0, 40.0)), id="along the right border"),
        pytest.param(((100.0, 80.0),) * 4, id="the far corner"),
        pytest.param(((0.0, 0.0), (50.0, 0.0), (50.0, 40.0), (50.0, 0.0), (0.0, 40.0)), id="with a spike"),
        pytest.param(((0.0, 0.0), (50.0, 50.0), (50.0, 0.0), (0.0, 50.0)), id="crossing itself"),
        pytest.param(rectangle_polygon(-30, -30, 500, 500), id="beyond the photo"),
    ],
)
@pytest.mark.parametrize("degrees", [0, 45, 90])
@pytest.mark.parametrize("size", [8, 128])
def test_a_degenerate_polygon_still_gives_a_crop(polygon: tuple, degrees: float, size: int) -> None:
    cut = crop_polygon(np.full((80, 100, 3), 200, np.uint8), polygon, size, degrees)
    assert cut.shape == (size, size, 3)
    assert set(np.unique(cut)) <= set(range(BACKGROUND_GREY, 201))


def test_a_thin_object_is_still_seen_in_its_crop() -> None:
    photo = np.full((300, 300, 3), 255, np.uint8)
    cut = crop_polygon(photo, rectangle_polygon(150, 20, 1, 260), 128)
    assert (cut[64] > BACKGROUND_GREY + 20).any()


@pytest.mark.parametrize("degrees", [0, 45])
def test_fine_print_is_averaged_when_shrunk_not_aliased(degrees: float) -> None:
    stripes = np.zeros((3000, 3000, 3), np.uint8)
    stripes[:, ::2] = 255
    cut = crop_polygon(stripes, rectangle_polygon(100, 100, 2800, 2800), 64, degrees)
    middle = cut[24:40, 24:40].astype(int)
    assert np.abs(middle - 127).max() < 12


def test_a_photo_wider_than_opencv_warps_is_cropped_all_the_same() -> None:
    photo = np.full((20, 40_000, 3), RED, np.uint8)
    assert crop_polygon(photo, rectangle_polygon(0, 0, 40_000, 20), 2000)[1000, 1000, 0] > BACKGROUND_GREY + 20
    np.testing.assert_allclose(crop_polygon(photo, rectangle_polygon(39_000, 0, 20, 20), 64)[32, 32], RED, atol=2)


@pytest.mark.parametrize(("x", "y", "width", "height"), [(3, 5, 20, 10), (0, 0, 40, 30), (7, 7, 1, 1), (10, 0, 1, 30)])
def test_the_outline_of_a_rectangle_is_the_rectangle(x: int, y: int, width: int, height: int) -> None:
    mask = np.zeros((30, 40), np.uint8)
    mask[y : y + height, x : x + width] = 255
    found = polygon_from_mask(mask)
    assert found is not None
    points = np.array(found)
    expected = [x, y, x + width, y + height]
    np.testing.assert_allclose([*points.min(axis=0), *points.max(axis=0)], expected, atol=0.3)


def test_the_outline_is_that_of_the_largest_region_without_its_holes() -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[2:8, 2:8] = 255
    cv2.circle(mask, (50, 30), 20, 200, -1)
    cv2.circle(mask, (50, 30), 5, 0, -1)
    found = polygon_from_mask(mask)
    assert found is not None
    distance = np.hypot(*(np.array(found) - (50.5, 30.5)).T)
    assert distance.min() > 19 and distance.max() < 22


@pytest.mark.parametrize("level", [0, 127])
def test_a_mask_without_foreground_has_no_outline(level: int) -> None:
    assert polygon_from_mask(np.full((8, 8), level, np.uint8)) is None
