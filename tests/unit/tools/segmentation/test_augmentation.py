"""Augmentations of training scenes."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.augmentation import augment_geometric, augment_photometric
from segmentation.targets import Scene


@pytest.mark.parametrize("seed", range(6))
def test_photometric_augmentation_keeps_shape_and_type(seed: int) -> None:
    image = np.random.default_rng(9).integers(0, 256, (48, 64, 3), dtype=np.uint8)

    changed = augment_photometric(np.random.default_rng(seed), image)

    assert (changed.shape, changed.dtype) == (image.shape, np.uint8)


@pytest.mark.parametrize("seed", range(6))
def test_geometric_augmentation_moves_image_and_ids_together(seed: int) -> None:
    ids = np.zeros((90, 120), np.int32)
    ids[30:60, 40:80] = 7
    image = np.where(ids[..., None] > 0, 255, 0).astype(np.uint8).repeat(3, axis=2)

    scene = augment_geometric(np.random.default_rng(seed), Scene(image, ids, np.ones(ids.shape, bool)), 64, 96)

    assert scene.ids.shape == scene.trusted.shape == (64, 96)
    assert set(np.unique(scene.ids)) <= {0, 7}
    assert ((scene.image[..., 0] > 127) == (scene.ids > 0)).mean() > 0.97
