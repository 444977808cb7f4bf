"""Answers drawn on photos."""

from __future__ import annotations

import numpy as np
import pytest

from tillsight.cli.drawing import COLOURS, DrawnObject, draw_objects
from tillsight.domain.geometry import Box
from tillsight.domain.recognition_results import Verdict
from tillsight.imaging.polygons import rectangle_polygon

GREY = 90


def blank(width: int = 400, height: int = 300) -> np.ndarray:
    return np.full((height, width, 3), GREY, np.uint8)


def marked(
    x: float, y: float, width: float, height: float, label: str = "Green tea 0.97", **fields: object
) -> DrawnObject:
    verdict = fields.get("verdict", Verdict.KNOWN)
    return DrawnObject(Box(x, y, width, height), rectangle_polygon(x, y, width, height), label, verdict)  # type: ignore[arg-type]


def letters(drawn: np.ndarray) -> tuple[int, int, int, int]:
    """Where the white letters are: left, top, right, bottom."""
    rows, columns = np.where(np.all(drawn > 180, axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def test_the_photo_itself_is_not_changed() -> None:
    photo = blank()
    drawn = draw_objects(photo, [marked(50, 60, 100, 80)])
    assert (photo == GREY).all()
    assert drawn.shape == photo.shape and drawn.dtype == np.uint8


def test_without_objects_nothing_is_drawn() -> None:
    np.testing.assert_array_equal(draw_objects(blank(), []), blank())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_box_mask_and_label_have_the_verdicts_colour(verdict: Verdict) -> None:
    drawn = draw_objects(blank(), [marked(100, 100, 150, 120, verdict=verdict)])
    colour = np.array(COLOURS[verdict])
    np.testing.assert_array_equal(drawn[160, 100], colour)  # the box
    np.testing.assert_allclose(drawn[160, 175], 0.25 * colour + 0.75 * GREY, atol=1)  # the tint
    assert (drawn[280, 50] == GREY).all()
    assert 70 < letters(drawn)[1] < letters(drawn)[3] < 100  # the label is above its box


@pytest.mark.parametrize(
    ("x", "y", "width", "height"),
    [(0, 0, 60, 40), (340, 0, 60, 40), (0, 260, 60, 40), (340, 260, 60, 40), (395, 120, 5, 5), (0, 0, 400, 300)],
)
def test_a_label_is_drawn_completely_inside_the_photo(x: int, y: int, width: int, height: int) -> None:
    left, top, right, bottom = letters(draw_objects(blank(), [marked(150, 150, 60, 40)]))
    found = letters(draw_objects(blank(), [marked(x, y, width, height)]))
    assert (found[2] - found[0], found[3] - found[1]) == pytest.approx((right - left, bottom - top), abs=1)
    assert min(found[:2]) >= 1 and found[2] < 399 and found[3] < 299


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((0, 0, 1, 1), id="a pixel in the corner"),
        pytest.param((39.9, 29.9, 0.1, 0.1), id="less than a pixel at the far corner"),
        pytest.param((0, 0, 40, 30), id="the whole photo"),
        pytest.param((20, 0, 0, 30), id="no width"),
    ],
)
@pytest.mark.parametrize(
    "label", ["", "x", "a label wider than the whole photo " * 3, "茶 \u202e 🍵", "two\nlines", "[/x]"]
)
def test_any_box_and_label_can_be_drawn(box: tuple, label: str) -> None:
    drawn = draw_objects(blank(40, 30), [marked(*box, label=label)])
    assert drawn.shape == (30, 40, 3)


@pytest.mark.parametrize("outline", [(), ((5.0, 5.0),), ((5.0, 5.0), (9.0, 9.0))], ids=["none", "a point", "a line"])
def test_an_outline_without_area_can_be_drawn(outline: tuple) -> None:
    drawn = draw_objects(blank(), [DrawnObject(Box(100, 100, 50, 50), outline, "Tea", Verdict.KNOWN)])
    np.testing.assert_array_equal(drawn[125, 100], COLOURS[Verdict.KNOWN])


def test_the_far_edges_of_a_box_that_fills_the_photo_are_visible() -> None:
    drawn = draw_objects(
        blank(), [DrawnObject(Box(0, 0, 400, 300), rectangle_polygon(200, 150, 4, 4), "Tea", Verdict.KNOWN)]
    )
    np.testing.assert_array_equal(drawn[150, 399], COLOURS[Verdict.KNOWN])
    np.testing.assert_array_equal(drawn[299, 200], COLOURS[Verdict.KNOWN])
