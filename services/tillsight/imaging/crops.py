"""Crops of objects as the embedder takes them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from tillsight.domain.arrays import Pixels
from tillsight.domain.geometry import Instance, Polygon
from tillsight.imaging.letterbox import BACKGROUND_GREY

MARGIN = 0.04
"""Free background on each side of a crop's object, as a share of its longer side."""


def crop_polygon(pixels: Pixels, polygon: Polygon, size: int, degrees: float = 0.0) -> Pixels:
    """Cut out what a polygon encloses as uint8 [size, size, 3]: centred on neutral grey, padded to a square.

    The object is deskewed first (`deskew_angle`) and then turned by `degrees` clockwise, so that a reference can be
    enrolled at every angle at which it may lie on a counter. The square is fitted to the turned object.
    """
    points = np.asarray(polygon, np.float32)
    turn = math.radians(deskew_angle(polygon) + degrees)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]], np.float32)
    turned = points @ rotation.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    side = max(float((high - low).max()), 1.0) * (1 + 2 * MARGIN)
    scale = size / side

    # Shrink the region by area first: a warp alone samples, and fine print would alias.
    margin = 2
    x0, y0 = np.floor(points.min(axis=0)).astype(int) - margin
    x1, y1 = np.ceil(points.max(axis=0)).astype(int) + margin
    x0, y0 = max(x0, 0), max(y0, 0)
    region = pixels[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    shrink = (1.0, 1.0)
    if scale < 1:
        shrunk = (max(1, round(region.shape[1] * scale)), max(1, round(region.shape[0] * scale)))
        shrink = (shrunk[0] / region.shape[1], shrunk[1] / region.shape[0])
        region = np.asarray(cv2.resize(region, shrunk, interpolation=cv2.INTER_AREA), np.uint8)

    # Pixel centres: sample (u, v) of the region shows photo point ((u + 0.5) / shrink + x0, ...).
    to_photo = np.array([[1 / shrink[0], 0, 0.5 / shrink[0] + x0], [0, 1 / shrink[1], 0.5 / shrink[1] + y0]])
    linear = scale * rotation.astype(np.float64)
    shift = size / 2 - linear @ ((rotation.T @ ((low + high) / 2)).astype(np.float64)) - 0.5
    matrix = np.hstack([linear @ to_photo[:, :2], (linear @ to_photo[:, 2] + shift)[:, None]])
    # Border pixels are repeated beyond the photo: an object that touches the border would fade into grey otherwise.
    cut = cv2.warpAffine(region, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    outline = (points.astype(np.float64) @ linear.T + shift) * 16
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], (255,), lineType=cv2.LINE_AA, shift=4)
    opacity = mask.astype(np.float32) / 255.0
    return np.asarray(cv2.blendLinear(cut, np.full_like(cut, BACKGROUND_GREY), opacity, 1 - opacity), dtype=np.uint8)


def deskew_angle(polygon: Polygon) -> float:
    """The rotation, -45 to 45 degrees clockwise, that aligns the smallest rectangle with the sides of the photo.

    A deskewed pack lies as its reference does, or at a multiple of 90 degrees to it.
    """
    angle: float = cv2.minAreaRect(np.asarray(polygon, np.float32))[2]
    return 45.0 - (angle + 45.0) % 90.0


def crop_instances(pixels: Pixels, instances: Sequence[Instance], size: int) -> Pixels:
    """The crops of a photo's instances, uint8 [N, size, size, 3]."""
    crops = [crop_polygon(pixels, instance.polygon, size) for instance in instances]
    return np.stack(crops) if crops else np.empty((0, size, size, 3), np.uint8)


def crop_rotations(pixels: Pixels, polygon: Polygon, size: int, degrees: Sequence[float]) -> Pixels:
    """The crop of one object at each of N rotations, uint8 [N, size, size, 3]."""
    return np.stack([crop_polygon(pixels, polygon, size, angle) for angle in degrees])
