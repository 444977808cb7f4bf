"""Semantic masks become one instance for each connected region."""

from __future__ import annotations

import numpy as np

from segmentation.semantic_masks import instances_from_masks, region_areas, solidity


def test_regions_smaller_than_the_limit_are_ignored() -> None:
    mask = np.zeros((40, 40), bool)
    mask[2:12, 2:12] = mask[30:33, 30:33] = True

    assert region_areas(mask) == [100]
    assert instances_from_masks([mask], mask.shape, 100).ids.max() == 1


def test_a_region_much_larger_than_the_typical_one_is_ambiguous() -> None:
    mask = np.zeros((60, 60), bool)
    mask[2:12, 2:12] = mask[20:50, 20:50] = True

    annotation = instances_from_masks([mask], mask.shape, 100)

    assert annotation.ambiguous == {int(annotation.ids[30, 30])}


def test_the_solidity_of_a_rectangle_is_about_one_and_of_an_l_shape_lower() -> None:
    rectangle = np.zeros((60, 60), bool)
    rectangle[10:50, 10:50] = True
    l_shape = rectangle.copy()
    l_shape[10:40, 20:50] = False

    assert solidity(rectangle, int(rectangle.sum())) > 0.98
    assert solidity(l_shape, int(l_shape.sum())) < 0.8
