"""Shapes shaded like rounded bodies, also when they fill their image or have no pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentation.articulated_objects import retexture
from segmentation.shading import distance_to_edge, paint_shaded, relief

SHAPES = st.tuples(st.integers(1, 24), st.integers(1, 24))
MASKS = SHAPES.flatmap(lambda shape: arrays(np.bool_, shape))


@given(MASKS)
def test_the_relief_of_any_mask_is_finite_float32_of_at_most_one(mask: np.ndarray) -> None:
    height = relief(mask)

    assert (height.dtype, height.shape) == (np.float32, mask.shape)
    assert np.isfinite(height).all() and height.min() >= 0 and height.max() <= 1 + 1e-5


@given(MASKS)
def test_the_distance_is_zero_exactly_outside_the_mask(mask: np.ndarray) -> None:
    distance = distance_to_edge(mask)

    assert np.array_equal(distance > 0, mask)
    assert distance.max() <= sum(mask.shape)


@given(SHAPES, st.integers(0, 5))
def test_a_full_mask_is_shaded_like_any_other(shape: tuple[int, int], seed: int) -> None:
    canvas = np.zeros((*shape, 4), np.uint8)

    paint_shaded(np.random.default_rng(seed), canvas, np.full(shape, 255, np.uint8), np.array([200, 100, 50]))

    assert (canvas[..., 3] == 255).all() and canvas[..., 0].any()


def test_a_full_mask_is_highest_in_the_middle() -> None:
    distance = distance_to_edge(np.ones((9, 9), bool))

    assert distance[4, 4] == distance.max()
    assert distance[0, 0] == pytest.approx(1, abs=0.1)


def test_an_empty_mask_and_a_single_pixel_have_their_distances() -> None:
    single = np.zeros((7, 7), bool)
    single[3, 3] = True

    assert not distance_to_edge(np.zeros((5, 6), bool)).any()
    assert distance_to_edge(single)[3, 3] == pytest.approx(1, abs=0.1)
    assert distance_to_edge(np.ones((1, 1), bool))[0, 0] == pytest.approx(1, abs=0.1)


def test_an_opaque_rectangle_without_any_transparent_pixel_can_be_retextured() -> None:
    full = np.full((40, 60, 4), 255, np.uint8)

    drawn = retexture(np.random.default_rng(0), full, [full])

    assert (drawn[..., 3] == 255).all()
