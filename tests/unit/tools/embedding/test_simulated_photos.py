"""Simulated counter photos."""

from __future__ import annotations

import numpy as np
import pytest

from embedding.simulated_photos import counter_crop, counter_pair, reference_crops, shop_crop

SIZE = 48


def bar() -> np.ndarray:
    """A cut-out that is red at its top and blue below."""
    rgba = np.zeros((120, 60, 4), np.uint8)
    rgba[10:110, 10:50] = (20, 20, 220, 255)
    rgba[10:50, 10:50, :3] = (220, 20, 20)
    return rgba


def test_reference_crops_have_every_rotation() -> None:
    crops = reference_crops(bar(), SIZE, 4)

    assert crops.shape == (4, SIZE, SIZE, 3) and crops.dtype == np.uint8
    assert not np.array_equal(crops[0], crops[2])


@pytest.mark.parametrize("seed", range(6))
def test_a_pair_shows_the_object_and_its_reference_in_nearly_one_orientation(seed: int) -> None:
    seen, reference = counter_pair(bar(), bar(), SIZE, np.random.default_rng(seed))

    def direction(crop: np.ndarray) -> np.ndarray:
        """From the centre of the blue part to the centre of the red one."""
        difference = crop[..., 0].astype(int) - crop[..., 2].astype(int)
        red, blue = np.argwhere(difference > 60).mean(axis=0), np.argwhere(difference < -60).mean(axis=0)
        return (red - blue) / np.linalg.norm(red - blue)

    assert direction(seen) @ direction(reference) > np.cos(np.radians(40))


def test_the_same_seed_gives_the_same_crops() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    first, again = (np.random.default_rng(3) for _ in range(2))

    assert np.array_equal(counter_crop(bar(), SIZE, first), counter_crop(bar(), SIZE, again))
    assert np.array_equal(shop_crop(photo, SIZE, first), shop_crop(photo, SIZE, again))
