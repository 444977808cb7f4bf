"""Crops show their complete object, deskewed and rotated, on neutral background."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from support.discs import centre_of, dot
from support.pictures import BLUE, GREEN, RED, quarters, textured
from tillsight.domain.geometry import Instance
from tillsight.imaging.crops import MARGIN, crop_instances, crop_polygon, crop_rotations, deskew_angle
from tillsight.imaging.letterbox import BACKGROUND_GREY
from tillsight.imaging.polygons import bounding_box, rectangle_polygon


def _box(centre: tuple[float, float], sides: tuple[float, float], degrees: float) -> np.ndarray:
    """The corners of a rectangle, rotated clockwise about the middle of a photo of 400 pixels."""
    turn = np.radians(degrees)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(sides) / 2 + centre
    return np.asarray(corners @ spin.T + 200, np.float32)


def test_a_crop_shows_its_object_centred_on_neutral_background() -> None:
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
def test_a_crop_rotates_every_point_by_its_angle(degrees: float, side: int) -> None:
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
def test_a_rotated_pack_gives_the_same_crop_as_an_upright_one(degrees: float) -> None:
    def cut_of(turn: float) -> np.ndarray:
        photo = np.full((400, 400, 3), 255, np.uint8)
        for colour, centre, sides in ((RED, (0, 0), (160, 90)), (BLUE, (-50, 20), (40, 30))):
            cv2.fillPoly(photo, [_box(centre, sides, turn).round().astype(np.int32)], colour)
        return crop_polygon(photo, tuple(map(tuple, _box((0, 0), (160, 90), turn))), 128)

    apart = np.abs(cut_of(degrees).astype(int) - cut_of(0)).max(axis=2)
    assert (apart > 60).mean() < 0.03  # the edges' pixels


@pytest.mark.parametrize("turn", [0, 5, 44, 46, 90, 133, 179])
@pytest.mark.parametrize("sides", [(160, 90), (100, 100), (200, 7)])
def test_the_deskew_angle_aligns_the_sides_of_an_object_with_the_photo(turn: float, sides: tuple[int, int]) -> None:
    degrees = deskew_angle(tuple(map(tuple, _box((0, 0), sides, turn))))
    assert -45 <= degrees <= 45
    left = (turn + degrees) % 90
    assert min(left, 90 - left) < 0.1


@pytest.mark.parametrize("side", [20, 400], ids=["enlarged", "shrunk"])
def test_an_object_at_the_image_border_is_cropped_without_loss(side: int) -> None:
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
def test_a_degenerate_polygon_gives_a_crop(polygon: tuple, degrees: float, size: int) -> None:
    cut = crop_polygon(np.full((80, 100, 3), 200, np.uint8), polygon, size, degrees)
    assert cut.shape == (size, size, 3)
    assert set(np.unique(cut)) <= set(range(BACKGROUND_GREY, 201))


def test_a_thin_object_is_visible_in_its_crop() -> None:
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


def test_a_photo_wider_than_opencv_can_warp_is_cropped() -> None:
    photo = np.full((20, 40_000, 3), RED, np.uint8)
    assert crop_polygon(photo, rectangle_polygon(0, 0, 40_000, 20), 2000)[1000, 1000, 0] > BACKGROUND_GREY + 20
    np.testing.assert_allclose(crop_polygon(photo, rectangle_polygon(39_000, 0, 20, 20), 64)[32, 32], RED, atol=2)


def test_the_crops_at_several_rotations_are_the_single_crops() -> None:
    photo = textured(200, 150)
    polygon = rectangle_polygon(30, 20, 90, 60)
    angles = [0, 45, 120, 270]
    crops = crop_rotations(photo, polygon, 48, angles)
    assert crops.shape == (4, 48, 48, 3)
    for crop, degrees in zip(crops, angles, strict=True):
        np.testing.assert_array_equal(crop, crop_polygon(photo, polygon, 48, degrees))


def test_the_crops_of_a_photos_instances_come_in_their_order() -> None:
    photo = textured(200, 150)
    polygons = [rectangle_polygon(30, 20, 90, 60), rectangle_polygon(100, 80, 40, 50)]
    instances = [Instance(bounding_box(polygon), polygon, 1.0) for polygon in polygons]
    crops = crop_instances(photo, instances, 32)
    for crop, polygon in zip(crops, polygons, strict=True):
        np.testing.assert_array_equal(crop, crop_polygon(photo, polygon, 32))


def test_no_instances_give_an_empty_batch_of_crops() -> None:
    assert crop_instances(textured(), [], 32).shape == (0, 32, 32, 3)
