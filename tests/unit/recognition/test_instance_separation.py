"""Objects separated in maps that are drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from support.maps import HEIGHT, WHOLE, WIDTH, maps_of, stored
from tillsight.domain.errors import InvalidInput
from tillsight.recognition.instance_separation import (
    OFFSET_REACH,
    separate_instances,
    vote_pixels,
)


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
    maps[1][ids == 2] = np.minimum(maps[1][ids == 2], 60)  # networks predict no peak for thin objects
    assert sorted(one.box.width for one in separate_instances(maps, WHOLE)) == pytest.approx([120, 120], abs=1.1)


def test_specks_are_left_out_and_the_minimum_area_is_the_callers() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    ids[10:16, 10:16], ids[100:160, 100:160] = 1, 2
    maps = maps_of(ids)
    assert len(separate_instances(maps, WHOLE)) == 1
    assert len(separate_instances(maps, WHOLE, min_area=30)) == 2


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
