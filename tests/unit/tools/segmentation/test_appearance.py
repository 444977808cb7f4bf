"""Bands and parts that make one object look like several."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.appearance import add_colour_bands, add_protruding_parts


def disc(side: int = 120) -> np.ndarray:
    """A plain green disc, uint8 [side, side, 4]."""
    down, across = np.mgrid[:side, :side] - side / 2 + 0.5
    rgba = np.zeros((side, side, 4), np.uint8)
    rgba[np.hypot(down, across) < side / 2 - 2] = (40, 160, 60, 255)
    return rgba


@pytest.mark.parametrize("seed", range(5))
def test_bands_recolour_a_part_and_leave_the_rest(seed: int) -> None:
    plain = np.full((60, 90, 3), 120, np.float32)
    tinted = add_colour_bands(np.random.default_rng(seed), plain)
    changed = (tinted != plain).any(axis=2)
    assert (tinted.shape, tinted.dtype) == (plain.shape, np.float32)
    assert changed.any()
    assert not changed.all()


@pytest.mark.parametrize("seed", range(5))
def test_parts_protrude_from_behind_the_object(seed: int) -> None:
    rgba = disc()
    larger = add_protruding_parts(np.random.default_rng(seed), rgba)
    pad = (larger.shape[0] - rgba.shape[0]) // 2
    inner = larger[pad : pad + 120, pad : pad + 120]
    solid = rgba[..., 3] == 255
    assert (inner[solid] == rgba[solid]).all()  # nothing is drawn over the object itself
    assert (larger[..., 3] > 200).sum() > (rgba[..., 3] > 200).sum()


def test_an_object_of_a_few_pixels_stays_as_it_is() -> None:
    speck = np.zeros((20, 20, 4), np.uint8)
    speck[9:12, 9:12] = 255
    assert add_protruding_parts(np.random.default_rng(0), speck) is speck
