"""Objects separated in maps that are drawn by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tillsight.domain.errors import InvalidInput
from tillsight.domain.geometry import Instance, LetterboxTransform
from tillsight.imaging.masks import run_lengths
from tillsight.recognition.instance_separation import (
    OFFSET_KNEE,
    OFFSET_REACH,
    photo_window,
    separate_instances,
    vote_pixels,
)

HEIGHT, WIDTH = 384, 512
WHOLE = LetterboxTransform(WIDTH, HEIGHT, 1.0, 0.0, 0.0, False)
Ids = NDArray[np.int32]


def stored(offset: NDArray[np.floating]) -> NDArray[np.uint8]:
    unit = np.arcsinh(offset / OFFSET_KNEE) / np.arcsinh(OFFSET_REACH / OFFSET_KNEE)
    return np.asarray(np.round((unit + 1) * 127.5), dtype=np.uint8)


def maps_of(ids: Ids) -> NDArray[np.uint8]:
    """The maps a perfect segmenter gives for instance ids, int32 [H, W]."""
    maps = np.full((5, *ids.shape), 0, np.uint8)
    maps[3:] = 128
    maps[0] = np.where(ids > 0, 255, 0)
    for identity in np.unique(ids[ids > 0]):
        own = (ids == identity).astype(np.uint8)
        distance = cv2.distanceTransform(cv2.copyMakeBorder(own, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5)
        distance = distance[1:-1, 1:-1]
        rows, columns = np.nonzero(own)
        maps[1][rows, columns] = np.round(distance[rows, columns] / distance.max() * 255)
        maps[3][rows, columns] = stored(rows.mean() - rows)
        maps[4][rows, columns] = stored(columns.mean() - columns)
    disc = np.ones((5, 5), np.uint8)
    others = cv2.erode(np.where(ids > 0, ids, 9999).astype(np.uint16), disc)
    maps[2][cv2.dilate(ids.astype(np.uint16), disc) > others] = 255
    return maps


def test_a_map_without_foreground_has_no_objects() -> None:
    assert separate_instances(np.zeros((5, HEIGHT, WIDTH), np.uint8), WHOLE) == ()
    assert separate_instances(np.zeros((1, HEIGHT, WIDTH), np.uint8), WHOLE, method="components") == ()


def test_watershed_separates_touching_objects_and_components_do_not() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[100:200, 100:180], ids[100:200, 180:260], ids[200:280, 120:240] = 1, 2, 3
    maps = maps_of(ids)
    boxes = sorted((one.box.x, one.box.y, one.box.width, one.box.height) for one in separate_instances(maps, WHOLE))
    assert boxes == [
        pytest.approx(box, abs=1.1) for box in [(100, 100, 80, 100), (120, 200, 120, 80), (180, 100, 80, 100)]
    ]
    assert len(separate_instances(maps, WHOLE, method="components")) == 1


def test_a_patterned_object_with_a_fragmented_distance_map_is_one_object() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[80:280, 100:400] = 1
    maps = maps_of(ids)
    maps[1][:, 190:200] = 40
    maps[1][:, 300:310] = 40
    assert len(separate_instances(maps, WHOLE)) == 1


def test_objects_without_a_distance_peak_are_found() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[50:60, 50:120] = 1
    maps = maps_of(ids)
    maps[1] = 0
    assert len(separate_instances(maps, WHOLE)) == 1


def test_a_thin_object_that_touches_a_thick_one_is_an_object_of_its_own() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[100:220, 100:220], ids[150:160, 220:340] = 1, 2
    maps = maps_of(ids)
    maps[1][ids == 2] = np.minimum(maps[1][ids == 2], 60)  # networks see no peak in what is thin
    assert sorted(one.box.width for one in separate_instances(maps, WHOLE)) == pytest.approx([120, 120], abs=1.1)


def test_specks_are_left_out_and_the_minimum_area_is_the_callers() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[10:16, 10:16], ids[100:160, 100:160] = 1, 2
    maps = maps_of(ids)
    assert len(separate_instances(maps, WHOLE)) == 1
    assert len(separate_instances(maps, WHOLE, min_area=30)) == 2


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


def soft_rectangle(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """The share of each map pixel that a rectangle with edges between pixels covers."""
    across = np.clip(right - np.arange(WIDTH), 0, 1) - np.clip(left - np.arange(WIDTH), 0, 1)
    down = np.clip(bottom - np.arange(HEIGHT), 0, 1) - np.clip(top - np.arange(HEIGHT), 0, 1)
    return np.outer(down, across)


@pytest.mark.parametrize("left", [60.0, 60.25, 60.5, 60.75])
def test_edges_between_pixels_are_read_from_the_probabilities(left: float) -> None:
    share = soft_rectangle(left, 80.3, left + 120.4, 200.9)
    maps = np.round(share * 255).astype(np.uint8)[None]
    (found,) = separate_instances(maps, WHOLE, method="components")
    assert found.box.x == pytest.approx(left, abs=0.3)
    assert found.box.y == pytest.approx(80.3, abs=0.3)
    assert found.box.x + found.box.width == pytest.approx(left + 120.4, abs=0.3)
    assert found.box.y + found.box.height == pytest.approx(200.9, abs=0.3)


def letterbox_of(width: int, height: int) -> LetterboxTransform:
    turned = height > width
    columns, rows = (height, width) if turned else (width, height)
    scale = min(WIDTH / columns, HEIGHT / rows)
    left, top = (WIDTH - round(columns * scale)) // 2, (HEIGHT - round(rows * scale)) // 2
    return LetterboxTransform(width, height, scale, float(left), float(top), turned)


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


def test_the_score_is_the_mean_probability() -> None:
    maps = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    maps[0, 50:150, 50:150] = 204
    (found,) = separate_instances(maps, WHOLE, method="components")
    assert found.score == pytest.approx(0.8, abs=0.01)


def test_votes_stored_as_bytes_are_exact_within_four_percent() -> None:
    offset = np.linspace(-OFFSET_REACH, OFFSET_REACH, 999)
    assert np.all(np.abs(vote_pixels(stored(offset)) - offset) <= 0.6 + 0.04 * np.abs(offset))


@pytest.mark.parametrize(
    "maps",
    [
        np.zeros((HEIGHT, WIDTH), np.uint8),
        np.zeros((1, HEIGHT, WIDTH), np.uint8),
        np.zeros((5, HEIGHT, WIDTH), np.float32),
    ],
)
def test_maps_of_another_shape_or_type_are_refused(maps: NDArray[np.generic]) -> None:
    with pytest.raises(InvalidInput, match="watershed needs maps uint8"):
        separate_instances(maps, WHOLE)  # type: ignore[arg-type]


def test_twenty_touching_objects_are_twenty() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    for index in range(20):
        row, column = divmod(index, 5)
        ids[10 + row * 90 : 100 + row * 90, 5 + column * 100 : 105 + column * 100] = index + 1
    assert len(separate_instances(maps_of(ids), WHOLE)) == 20
