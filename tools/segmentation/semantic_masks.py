"""From semantic masks, which mark classes, to instances, by connected regions."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from segmentation.annotated_photo import Annotation
from segmentation.arrays import Mask

MIN_REGION_AREA = 40
"""Regions of fewer pixels are annotation errors."""
AMBIGUOUS_SIZE = 2.2
"""A region with more than this many times the typical area may be several objects."""
AMBIGUOUS_SOLIDITY = 0.88
"""So may a region with a smaller solidity: two discs in contact have about 0.87."""


def instances_from_masks(masks: Sequence[Mask], shape: tuple[int, int], typical_area: float) -> Annotation:
    """Turn semantic masks, one for each class, into instances: one for each connected region.

    A region much larger than `typical_area` (pixels), or with deep concavities, is ambiguous.
    """
    ids = np.zeros(shape, np.int32)
    ambiguous = set()
    for class_mask in masks:
        count, labels, stats, _ = cv2.connectedComponentsWithStats(class_mask.astype(np.uint8), connectivity=4)
        for label in range(1, count):
            area = int(stats[label, cv2.CC_STAT_AREA])
            if area < MIN_REGION_AREA:
                continue
            identity = int(ids.max()) + 1
            region = labels == label
            ids[region] = identity
            if area > AMBIGUOUS_SIZE * typical_area or solidity(region, area) < AMBIGUOUS_SOLIDITY:
                ambiguous.add(identity)
    return Annotation(ids, frozenset(ambiguous))


def solidity(mask: Mask, area: int) -> float:
    """The area divided by the area of the convex hull."""
    points = cv2.findNonZero(mask.astype(np.uint8))
    return area / max(float(cv2.contourArea(cv2.convexHull(points))), 1.0)


def region_areas(mask: Mask) -> list[int]:
    """The areas, in pixels, of the connected regions of at least MIN_REGION_AREA."""
    stats = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)[2]
    return [int(area) for area in stats[1:, cv2.CC_STAT_AREA] if area >= MIN_REGION_AREA]
