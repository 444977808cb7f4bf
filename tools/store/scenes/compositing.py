"""Compositing: objects warped to their pose and blended onto the counter with shadows."""

from __future__ import annotations

import cv2
import numpy as np

from store.scenes.occupancy import Position
from tillsight.domain.arrays import Pixels


def warp_object(rng: np.random.Generator, rgba: Pixels, length: float, degrees: float, tilt: float) -> Pixels:
    """An object scaled to a longer side of `length` pixels, rotated counter-clockwise, with a slight perspective.

    uint8 [H, W, 4] RGBA with colours premultiplied by alpha. `tilt` is the most that a corner moves, as a fraction of
    the half-side.
    """
    h, w = rgba.shape[:2]
    scale = length / max(h, w)
    if scale < 0.7:  # warping samples four pixels only: average first to avoid aliasing
        smaller = max(2, round(w * scale)), max(2, round(h * scale))
        rgba = np.asarray(cv2.resize(rgba, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        h, w = rgba.shape[:2]
        scale = length / max(h, w)
    cover = cv2.merge([rgba[..., 3]] * 3)
    premultiplied = np.dstack([cv2.multiply(rgba[..., :3], cover, scale=1 / 255), rgba[..., 3]])
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    a = np.radians(-degrees)
    rotation = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * scale
    targets = (corners - [w / 2, h / 2]) * (1 + rng.uniform(-tilt, tilt, (4, 2))) @ rotation.T
    targets -= targets.min(0) - 1.5
    out_w, out_h = (int(v) + 2 for v in np.ceil(targets.max(0)))
    homography = cv2.getPerspectiveTransform(corners, targets.astype(np.float32))
    return np.asarray(cv2.warpPerspective(premultiplied, homography, (out_w, out_h), flags=cv2.INTER_LINEAR), np.uint8)


def composite(rng: np.random.Generator, counter: Pixels, placed: list[tuple[Pixels, Position]], margin: int) -> Pixels:
    """The counter [h, w, 3] with cast shadows, contact shadows and the objects on it.

    `placed` lists premultiplied RGBA objects and their positions on a sheet `margin` pixels larger on each side.
    """
    h, w = counter.shape[:2]
    sheet = cv2.copyMakeBorder(counter, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    a, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.022) * min(h, w)
    depth, soft = rng.uniform(0.15, 0.6), rng.uniform(1.2, 4.0)
    # cast shadows are soft: drawn at a quarter of the size, each silhouette at two distances from its object
    quarter = np.zeros((sheet.shape[0] // 4 + 1, sheet.shape[1] // 4 + 1), np.uint8)
    for sprite, (x, y) in placed:
        small = cv2.resize(
            sprite[..., 3], (max(1, sprite.shape[1] // 4), max(1, sprite.shape[0] // 4)), interpolation=cv2.INTER_AREA
        )
        for far in (0.3, 1.0):
            left, top = int((x + far * reach * np.cos(a)) / 4), int((y + far * reach * np.sin(a)) / 4)
            region = quarter[max(0, top) : top + small.shape[0], max(0, left) : left + small.shape[1]]
            part = small[max(0, -top) :, max(0, -left) :][: region.shape[0], : region.shape[1]]
            np.maximum(region, part, out=region)
    cast = cv2.resize(cv2.GaussianBlur(quarter, (0, 0), soft), (quarter.shape[1] * 4, quarter.shape[0] * 4))[
        : sheet.shape[0], : sheet.shape[1]
    ]
    tone = (255 - depth * cast).astype(np.uint8)
    shaded = np.asarray(cv2.multiply(sheet, cv2.merge([tone] * 3), scale=1 / 255), np.uint8)
    contact = rng.uniform(0.2, 0.6)
    for sprite, (x, y) in placed:
        _blend(shaded, sprite, x, y, contact)
    return np.ascontiguousarray(shaded[margin : margin + h, margin : margin + w])


def _blend(sheet: Pixels, sprite: Pixels, x: int, y: int, contact: float) -> None:
    """Darken a thin border around the object, then blend the object in place."""
    border = 5
    alpha = cv2.copyMakeBorder(sprite[..., 3], border, border, border, border, cv2.BORDER_CONSTANT, value=(0,))
    near = (255 - contact * cv2.blur(alpha, (2 * border - 1, 2 * border - 1))).astype(np.uint8)
    y0, x0 = max(0, y - border), max(0, x - border)
    around = sheet[y0 : y + sprite.shape[0] + border, x0 : x + sprite.shape[1] + border]
    near = near[y0 - (y - border) :, x0 - (x - border) :][: around.shape[0], : around.shape[1]]
    around[:] = cv2.multiply(around, cv2.merge([near] * 3), scale=1 / 255)
    region = sheet[y : y + sprite.shape[0], x : x + sprite.shape[1]]
    through = cv2.merge([255 - sprite[..., 3]] * 3)
    region[:] = cv2.add(cv2.multiply(region, through, scale=1 / 255), sprite[..., :3])
