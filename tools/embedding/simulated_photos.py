"""Simulated counter photos of one object: rotated, small, tilted, blurred, badly lit, with an inexact outline.

The whitening should learn from photos of products on a counter. Where there are none, these replace them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from tillsight.domain.arrays import Floats, Pixels
from tillsight.domain.geometry import Polygon
from tillsight.imaging.crops import crop_polygon, deskew_angle
from tillsight.imaging.masks import polygon_from_mask
from tillsight.imaging.polygons import rectangle_polygon

LONG_SIDE = (70.0, 320.0)
"""The object's longer side in a photo of about 1.5 megapixels, in pixels: one of thirty objects, and a single one."""
TILT = 0.05
"""How far perspective may move a corner, as a share of the longer side."""


def reference_crops(cutout: Pixels, size: int, rotations: int = 8) -> Pixels:
    """An upright object, uint8 [H, W, 4] RGBA, as enrolment crops it: uint8 [rotations, size, size, 3]."""
    return _rotated_crops(cutout, size, [360 * turn / rotations for turn in range(rotations)])


def counter_crop(cutout: Pixels, size: int, random: np.random.Generator) -> Pixels:
    """A crop uint8 [size, size, 3] of an object, uint8 [H, W, 4] RGBA, in a random position on a counter."""
    photo, mask, _ = _photograph(cutout, random)
    return crop_polygon(photo, _inexact_outline(mask, random), size)


def counter_pair(cutout: Pixels, reference: Pixels, size: int, random: np.random.Generator) -> tuple[Pixels, Pixels]:
    """A crop of an object on a counter, and a crop of its reference in the same orientation, to the nearest 45 degrees.

    `cutout` and `reference` are uint8 [H, W, 4] RGBA, the crops uint8 [size, size, 3]. A search has to match the two.
    """
    photo, mask, turn = _photograph(cutout, random)
    found, upright = _inexact_outline(mask, random), _outline(reference)
    # Both crops are deskewed, each by its own angle, so the reference needs the difference.
    difference = math.degrees(turn) + deskew_angle(found) - deskew_angle(upright)
    return crop_polygon(photo, found, size), _rotated_crops(reference, size, [45 * (round(difference / 45) % 8)])[0]


def shop_crop(photo: Pixels, size: int, random: np.random.Generator) -> Pixels:
    """A whole photo, uint8 [H, W, 3], as another customer may have taken it: uint8 [size, size, 3].

    Slightly rotated, closer, off the centre and in other light. Never mirrored, because print is not mirrored.
    """
    height, width = photo.shape[:2]
    share = random.uniform(0.7, 1.0)
    x, y = random.uniform(0, 1 - share, 2) * (width, height)
    region = rectangle_polygon(x, y, share * width, share * height)
    return crop_polygon(_light(photo.astype(np.float32), random), region, size, random.uniform(-10, 10))


def _rotated_crops(cutout: Pixels, size: int, degrees: Sequence[float]) -> Pixels:
    polygon, on_white = _outline(cutout), _on_white(cutout.astype(np.float32))
    return np.stack([crop_polygon(on_white, polygon, size, one) for one in degrees])


def _outline(cutout: Pixels) -> Polygon:
    return polygon_from_mask(np.ascontiguousarray(cutout[:, :, 3])) or rectangle_polygon(
        0, 0, cutout.shape[1], cutout.shape[0]
    )


def _photograph(cutout: Pixels, random: np.random.Generator) -> tuple[Pixels, Pixels, float]:
    """A photo uint8 [side, side, 3] of the object, its mask uint8 [side, side], and its rotation in radians."""
    height, width = cutout.shape[:2]
    long_side = math.exp(random.uniform(*np.log(LONG_SIDE)))
    scale = long_side / max(height, width)
    side = math.ceil(math.hypot(height, width) * scale * (1 + 4 * TILT)) + 16

    turn = random.uniform(0, 2 * math.pi)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    placed = (corners - [width / 2, height / 2]) * scale @ rotation.T + side / 2
    placed += random.uniform(-TILT, TILT, (4, 2)) * long_side
    warp = cv2.getPerspectiveTransform(corners.astype(np.float32), placed.astype(np.float32))

    source = cutout.astype(np.float32)
    source[:, :, :3] *= source[:, :, 3:] / 255  # premultiplied, so that transparent pixels add no colour
    if scale < 1:  # a warp only samples pixels: average areas first
        small = np.asarray(cv2.resize(source, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
        warp = warp @ np.diag([width / small.shape[1], height / small.shape[0], 1.0])
        source = small
    warped = cv2.warpPerspective(source, warp, (side, side), flags=cv2.INTER_LINEAR)

    opacity = warped[:, :, 3:] / 255
    counter = random.uniform(40, 235) + random.normal(0, 12, 3)
    photo = warped[:, :, :3] + counter.astype(np.float32) * (1 - opacity)
    return _light(photo, random), warped[:, :, 3].round().clip(0, 255).astype(np.uint8), turn


def _light(photo: Floats, random: np.random.Generator) -> Pixels:
    """The photo in a shop's light, taken by a cheap camera: uint8 [H, W, 3]."""
    rows, columns = photo.shape[:2]
    direction = random.uniform(0, 2 * math.pi)
    slope = (
        math.cos(direction) * np.linspace(-1, 1, columns)[None, :]
        + math.sin(direction) * np.linspace(-1, 1, rows)[:, None]
    )
    light = random.uniform(0.75, 1.2) * (1 + random.uniform(0, 0.15) * slope)
    colour = 1 + random.normal(0, 0.04, 3)
    lit = 255 * (photo / 255).clip(0, 1) ** random.uniform(0.85, 1.2) * light[:, :, None] * colour
    blurred = cv2.GaussianBlur(lit, (0, 0), random.uniform(0.3, 1.3))
    noisy = blurred + random.normal(0, random.uniform(0, 6), blurred.shape)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(60, 96))]
    _, encoded = cv2.imencode(".jpg", noisy.round().clip(0, 255).astype(np.uint8), quality)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _inexact_outline(mask: Pixels, random: np.random.Generator) -> Polygon:
    """The outline that a segmenter at half the photo's resolution finds: smoothed, slightly too small or too large."""
    rows, columns = mask.shape
    coarse = cv2.resize(mask, (max(8, columns // 2), max(8, rows // 2)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(coarse, (0, 0), 1.0).astype(np.float32) + random.uniform(-80, 60)
    fine = cv2.resize(soft.clip(0, 255).astype(np.uint8), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return polygon_from_mask(np.asarray(fine, np.uint8)) or rectangle_polygon(0, 0, columns, rows)


def _on_white(cutout: Floats) -> Pixels:
    opacity = cutout[:, :, 3:] / 255
    return np.asarray((cutout[:, :, :3] * opacity + 255 * (1 - opacity)).round().clip(0, 255), dtype=np.uint8)
