"""What the network shall predict for a scene whose instances are known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.recognition.instance_separation import OFFSET_KNEE, OFFSET_REACH

CONTACT_RADIUS = 3
"""Pixels (of the network's input) within which two instances count as in contact."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of known instances at the network's size.

    `image` uint8 [H, W, 3] RGB; `ids` int32 [H, W], 0 = ground; `trusted` bool [H, W], False where a region
    may hold several objects, so that nothing is learnt there but that it is foreground.
    """

    image: NDArray[np.uint8]
    ids: NDArray[np.int32]
    trusted: NDArray[np.bool_]


def targets(scene: Scene) -> NDArray[np.float32]:
    """float32 [6, H, W]: foreground, distance, contact, offset y, offset x as `network.MAPS`, then trust.

    Distance to the instance's edge is divided by its largest value in that instance, so small and large objects
    peak alike. The offset to the centre of mass is asinh-compressed: fine near, coarse far, about equal in
    relative terms; that also is what a byte can carry. (Centre votes: Cheng et al., Panoptic-DeepLab, 2020.)
    """
    ids = scene.ids
    height, width = ids.shape
    count = int(ids.max()) + 1
    inside = ids > 0
    maps = np.zeros((6, height, width), np.float32)
    maps[0] = inside
    maps[1] = relative_distance(ids, count)
    maps[2] = contact(ids)
    rows, columns = np.nonzero(inside)
    owner = ids[rows, columns]
    area = np.maximum(np.bincount(owner, minlength=count), 1)
    centre_y = np.bincount(owner, weights=rows, minlength=count) / area
    centre_x = np.bincount(owner, weights=columns, minlength=count) / area
    maps[3, rows, columns] = compressed(centre_y[owner] - rows)
    maps[4, rows, columns] = compressed(centre_x[owner] - columns)
    maps[5] = scene.trusted
    return maps


def compressed(offset: NDArray[np.float64]) -> NDArray[np.float32]:
    """Offsets in pixels as -1..1; `tillsight.instances` reverses it."""
    scaled = np.arcsinh(offset.astype(np.float32) / OFFSET_KNEE) / np.arcsinh(OFFSET_REACH / OFFSET_KNEE)
    return np.asarray(np.clip(scaled, -1, 1), dtype=np.float32)


def relative_distance(ids: NDArray[np.int32], count: int) -> NDArray[np.float32]:
    """Distance to the edge of each pixel's own instance, 0..1 of the instance's largest; the photo's rim is no edge."""
    flat = np.ones(ids.shape, np.uint8)
    flat[ids == 0] = 0
    across, down = ids[:, 1:] != ids[:, :-1], ids[1:] != ids[:-1]
    flat[:, 1:][across] = 0
    flat[:, :-1][across] = 0
    flat[1:][down] = 0
    flat[:-1][down] = 0
    distance = cv2.distanceTransform(flat, cv2.DIST_L2, 5) + 0.5
    inside = ids > 0
    largest = np.full(count, 1e-6, np.float32)
    order = np.argsort(ids[inside], kind="stable")
    owner = ids[inside][order]
    if owner.size:
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        largest[owner[starts]] = np.maximum.reduceat(distance[inside][order], starts)
    return np.where(inside, distance / largest[ids], 0).astype(np.float32)


def contact(ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """1 where two different instances lie within CONTACT_RADIUS, else 0."""
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * CONTACT_RADIUS + 1, 2 * CONTACT_RADIUS + 1))
    high = ids.astype(np.uint16)
    low = np.where(ids > 0, high, np.uint16(65535))
    return np.asarray((cv2.dilate(high, window) > cv2.erode(low, window)), dtype=np.float32)
