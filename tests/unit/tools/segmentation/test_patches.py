"""Cut-outs transformed for a scene."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.cutouts import Cutout
from segmentation.patches import transform_cutout

SQUARE = Cutout.of(np.full((120, 120, 4), 255, np.uint8))


@pytest.mark.parametrize("seed", range(5))
def test_a_patch_has_about_the_wanted_area(seed: int) -> None:
    patch = transform_cutout(np.random.default_rng(seed), SQUARE, 40, 0.0, None)

    assert patch is not None
    assert patch.mask.sum() == pytest.approx(40 * 40, rel=0.15)
    assert patch.colour.dtype == patch.alpha.dtype == np.float32


def test_an_object_that_becomes_too_small_gives_no_patch() -> None:
    assert transform_cutout(np.random.default_rng(0), SQUARE, 3, 0.0, None) is None
