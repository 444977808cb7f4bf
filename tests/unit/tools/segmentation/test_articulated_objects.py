"""Drawn articulated objects and retextured cut-outs."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.articulated_objects import CANVAS, draw_articulated_object, retexture


@pytest.mark.parametrize("seed", range(12))
def test_an_articulated_object_fills_its_image_and_is_partly_transparent(seed: int) -> None:
    drawn = draw_articulated_object(np.random.default_rng(seed))
    solid = drawn[..., 3] > 127
    assert drawn.dtype == np.uint8 and drawn.shape[2] == 4
    assert max(drawn.shape[:2]) <= CANVAS
    assert drawn[0, :, 3].any() and drawn[-1, :, 3].any() and drawn[:, 0, 3].any() and drawn[:, -1, 3].any()
    assert 0.02 < solid.mean() < 0.98


def test_the_same_seed_draws_the_same_object() -> None:
    assert np.array_equal(
        draw_articulated_object(np.random.default_rng(7)), draw_articulated_object(np.random.default_rng(7))
    )


def test_some_objects_have_the_texture_of_another_cutout_and_some_are_plain() -> None:
    green = np.zeros((60, 40, 4), np.uint8)
    green[5:55, 5:35] = (0, 250, 0, 255)
    drawn = [draw_articulated_object(np.random.default_rng(seed), [green]) for seed in range(20)]
    hues = [one[one[..., 3] > 127][:, :3].mean(axis=0) for one in drawn]
    textured = [hue[1] > 4 * max(hue[0], hue[2]) for hue in hues]
    assert 4 <= sum(textured) <= 16


def test_a_retextured_object_has_its_own_shape_and_the_other_texture() -> None:
    ring = np.zeros((90, 120, 4), np.uint8)
    ring[10:80, 10:110] = (250, 0, 0, 255)
    ring[30:60, 40:80] = 0
    green = np.zeros((60, 40, 4), np.uint8)
    green[5:55, 5:35] = (0, 250, 0, 255)
    drawn = retexture(np.random.default_rng(0), ring, [green])
    assert np.array_equal(drawn[..., 3], ring[..., 3])
    hue = drawn[drawn[..., 3] > 127][:, :3].mean(axis=0)
    assert hue[1] > 4 * max(hue[0], hue[2])
