"""The maps that the network has to predict for a scene of known instances."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.arrays import Mask
from tillsight.domain.arrays import Floats, Labels, Pixels
from tillsight.recognition.instance_separation import OFFSET_KNEE, OFFSET_REACH

CONTACT_RADIUS = 3
"""Two instances within so many pixels of the network's input are in contact."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An image with known instances.

    `image` uint8 [H, W, 3] RGB; `ids` int32 [H, W], 0 for the background; `trusted` bool [H, W]. It is False where a
    region may be several objects; there the network learns nothing but the foreground.
    """

    image: Pixels
    ids: Labels
    trusted: Mask


def compute_targets(scene: Scene) -> Floats:
    """float32 [6, H, W]: foreground, distance, contact, offset y and offset x as in `network.MAPS`, then trust.

    The distance to the instance's edge is divided by its largest value in that instance, so that small and large
    objects have the same maximum. The offset to the centre of mass is compressed by asinh: the relative error stays
    about the same at all distances, and a byte holds it. (Centre votes: Cheng et al., Panoptic-DeepLab, 2020.)
    """
    ids = scene.ids
    height, width = ids.shape
    count = int(ids.max()) + 1
    inside = ids > 0
    maps = np.zeros((6, height, width), np.float32)
    maps[0] = inside
    maps[1] = _relative_distance(ids, count)
    maps[2] = _contact_map(ids)
    rows, columns = np.nonzero(inside)
    owner = ids[rows, columns]
    area = np.maximum(np.bincount(owner, minlength=count), 1)
    centre_y = np.bincount(owner, weights=rows, minlength=count) / area
    centre_x = np.bincount(owner, weights=columns, minlength=count) / area
    maps[3, rows, columns] = _compress_offset(centre_y[owner] - rows)
    maps[4, rows, columns] = _compress_offset(centre_x[owner] - columns)
    maps[5] = scene.trusted
    return maps


def _compress_offset(offset: NDArray[np.float64]) -> Floats:
    """Offsets in pixels as -1..1; `tillsight.recognition.instance_separation` has the inverse."""
    scaled = np.arcsinh(offset.astype(np.float32) / OFFSET_KNEE) / np.arcsinh(OFFSET_REACH / OFFSET_KNEE)
    return np.asarray(np.clip(scaled, -1, 1), dtype=np.float32)


def _relative_distance(ids: Labels, count: int) -> Floats:
    """Each pixel's distance to the edge of its instance, 0..1 of the largest there; the image border is not an edge.

    In an image that one instance fills there is no edge, and every distance is the same huge number: the result is 1.
    """
    # Zeros on both sides of every boundary, also between two instances in contact.
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


def _contact_map(ids: Labels) -> Floats:
    """1 where two different instances lie within CONTACT_RADIUS, else 0."""
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * CONTACT_RADIUS + 1, 2 * CONTACT_RADIUS + 1))
    high = ids.astype(np.uint16)
    low = np.where(ids > 0, high, np.uint16(65535))
    return np.asarray((cv2.dilate(high, window) > cv2.erode(low, window)), dtype=np.float32)
