"""Contours of labelled instances, and their refinement to sub-pixel polygons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tillsight.domain.geometry import LetterboxTransform
from tillsight.imaging.contours import (
    instance_from_contours,
    join_holes,
    label_contours,
    outward_normals,
    refine_contours,
)
from tillsight.imaging.polygons import polygon_area

UNCHANGED = LetterboxTransform(60, 40, 1.0, 0.0, 0.0, False)


def labels_with(*rectangles: tuple[int, int, int, int, int]) -> NDArray[np.int32]:
    """A label map int32 [40, 60] with rectangles: (label, x, y, width, height), later ones above earlier ones."""
    labels = np.zeros((40, 60), np.int32)
    for label, x, y, width, height in rectangles:
        labels[y : y + height, x : x + width] = label
    return labels


def ring_of(x: float, y: float, width: float, height: float) -> NDArray[np.float32]:
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)


def test_each_label_has_one_outer_contour_whatever_lies_beside_it() -> None:
    found = label_contours(labels_with((1, 5, 5, 10, 10), (7, 15, 5, 10, 10)), smallest_hole=10)
    assert {label: len(rings) for label, rings in found.items()} == {1: 1, 7: 1}


def test_the_largest_part_of_a_label_counts() -> None:
    (ring,) = label_contours(labels_with((3, 2, 2, 4, 4), (3, 20, 10, 20, 20)), smallest_hole=10)[3]
    assert ring[:, 0, 0].min() == 20 and ring[:, 0, 1].min() == 10


@pytest.mark.parametrize(("side", "rings"), [(3, 1), (10, 2)], ids=["small", "large"])
def test_only_a_hole_of_some_size_is_a_hole(side: int, rings: int) -> None:
    labels = labels_with((1, 5, 5, 30, 30), (0, 12, 12, side, side))
    assert len(label_contours(labels, smallest_hole=60)[1]) == rings


def test_a_map_without_labels_has_no_contours() -> None:
    assert label_contours(np.zeros((40, 60), np.int32), smallest_hole=10) == {}


@pytest.mark.parametrize("covered", [0.0, 0.25, 0.5, 0.75])
def test_a_refined_edge_lies_where_the_probability_falls_to_one_half(covered: float) -> None:
    labels = labels_with((1, 10, 10, 20, 20))
    probability = np.where(labels > 0, 255, 0).astype(np.uint8)
    probability[10:30, 30] = round(255 * covered * 0.49)  # the object covers a part of the next column
    (refined,) = refine_contours(label_contours(labels, 10)[1], probability, labels)
    right = refined[(refined[:, 1] > 14) & (refined[:, 1] < 26), 0].max()
    beyond = float(probability[20, 30])
    assert right == pytest.approx(29.5 + (255 - 127.5) / (255 - beyond), abs=0.01)


def test_the_probability_of_another_object_moves_no_edge() -> None:
    labels = labels_with((1, 10, 10, 10, 20), (2, 20, 10, 10, 20))
    probability = np.where(labels > 0, 255, 0).astype(np.uint8)
    rings = label_contours(labels, 10)
    first, second = refine_contours([rings[1][0], rings[2][0]], probability, labels)
    assert first[:, 0].max() == pytest.approx(20, abs=0.01) and second[:, 0].min() == pytest.approx(20, abs=0.01)


def test_normals_point_away_from_the_object() -> None:
    (ring,) = label_contours(labels_with((1, 10, 10, 20, 16)), 10)[1]
    points = ring[:, 0]
    away = points - points.mean(axis=0)
    outward = outward_normals(points)
    assert (np.einsum("nd,nd->n", outward, away) > 0).all()
    np.testing.assert_array_equal(np.abs(outward).max(axis=1), 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(1, 8), st.floats(1, 8)),
        max_size=4,
        unique_by=lambda hole: hole[:2],
    )
)
def test_joined_holes_are_left_out_of_the_area(holes: list[tuple[int, int, float, float]]) -> None:
    outline = ring_of(0, 0, 50, 40)
    # A hole runs the other way round, as OpenCV gives it.
    rings = [ring_of(2 + 12 * column, 2 + 12 * row, width, height)[::-1] for column, row, width, height in holes]
    joined = join_holes([outline, *rings])
    expected = 50 * 40 - sum(width * height for _, _, width, height in holes)
    assert polygon_area(tuple(map(tuple, joined.tolist()))) == pytest.approx(expected, rel=1e-4)


def test_an_instance_has_the_bounding_box_of_its_polygon_and_the_score() -> None:
    instance = instance_from_contours([ring_of(10, 5, 20, 30)], 0.75, UNCHANGED)
    assert (instance.box.x, instance.box.y, instance.box.width, instance.box.height) == (10, 5, 20, 30)
    assert instance.score == 0.75 and polygon_area(instance.polygon) == 600
