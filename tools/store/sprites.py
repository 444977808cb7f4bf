"""Objects as they are laid into a scene: turned, blended, with shadows."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.placement import Spot

Pixels = npt.NDArray[np.uint8]


def turned(rng: np.random.Generator, rgba: Pixels, length: float, degrees: float, tilt: float) -> Pixels:
    """An object scaled to a longer side of `length` pixels, turned counter-clockwise, seen a little aslant.

    RGBA with colours multiplied by coverage; `tilt` is the most a corner moves, in shares of the half-side.
    """
    h, w = rgba.shape[:2]
    scale = length / max(h, w)
    if scale < 0.7:  # warping samples four pixels: average the others first
        smaller = max(2, round(w * scale)), max(2, round(h * scale))
        rgba = np.asarray(cv2.resize(rgba, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        h, w = rgba.shape[:2]
        scale = length / max(h, w)
    cover = cv2.merge([rgba[..., 3]] * 3)
    premultiplied = np.dstack([cv2.multiply(rgba[..., :3], cover, scale=1 / 255), rgba[..., 3]])
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    a = np.radians(-degrees)
    spin = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * scale
    aim = (corners - [w / 2, h / 2]) * (1 + rng.uniform(-tilt, tilt, (4, 2))) @ spin.T
    aim -= aim.min(0) - 1.5
    out_w, out_h = (int(v) + 2 for v in np.ceil(aim.max(0)))
    fold = cv2.getPerspectiveTransform(corners, aim.astype(np.float32))
    return np.asarray(cv2.warpPerspective(premultiplied, fold, (out_w, out_h), flags=cv2.INTER_LINEAR), np.uint8)


def painted(rng: np.random.Generator, counter: Pixels, laid: list[tuple[Pixels, Spot]], margin: int) -> Pixels:
    """Cast shadows on the counter, then each object over its contact shadow."""
    h, w = counter.shape[:2]
    sheet = cv2.copyMakeBorder(counter, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    a, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.022) * min(h, w)
    depth, soft = rng.uniform(0.15, 0.6), rng.uniform(1.2, 4.0)
    quarter = np.zeros((sheet.shape[0] // 4 + 1, sheet.shape[1] // 4 + 1), np.uint8)
    for sprite, (x, y) in laid:
        small = cv2.resize(
            sprite[..., 3], (max(1, sprite.shape[1] // 4), max(1, sprite.shape[0] // 4)), interpolation=cv2.INTER_AREA
        )
        for far in (0.3, 1.0):
            left, top = int((x + far * reach * np.cos(a)) / 4), int((y + far * reach * np.sin(a)) / 4)
            field = quarter[max(0, top) : top + small.shape[0], max(0, left) : left + small.shape[1]]
            part = small[max(0, -top) :, max(0, -left) :][: field.shape[0], : field.shape[1]]
            np.maximum(field, part, out=field)
    cast = cv2.resize(cv2.GaussianBlur(quarter, (0, 0), soft), (quarter.shape[1] * 4, quarter.shape[0] * 4))[
        : sheet.shape[0], : sheet.shape[1]
    ]
    tone = (255 - depth * cast).astype(np.uint8)
    shaded = np.asarray(cv2.multiply(sheet, cv2.merge([tone] * 3), scale=1 / 255), np.uint8)
    seam = rng.uniform(0.2, 0.6)
    for sprite, (x, y) in laid:
        _lay_over(shaded, sprite, x, y, seam)
    return np.ascontiguousarray(shaded[margin : margin + h, margin : margin + w])


def _lay_over(sheet: Pixels, sprite: Pixels, x: int, y: int, seam: float) -> None:
    """Darken a thin rim around the object, then blend it in place."""
    rim = 5
    alpha = cv2.copyMakeBorder(sprite[..., 3], rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(0,))
    near = (255 - seam * cv2.blur(alpha, (2 * rim - 1, 2 * rim - 1))).astype(np.uint8)
    y0, x0 = max(0, y - rim), max(0, x - rim)
    around = sheet[y0 : y + sprite.shape[0] + rim, x0 : x + sprite.shape[1] + rim]
    near = near[y0 - (y - rim) :, x0 - (x - rim) :][: around.shape[0], : around.shape[1]]
    around[:] = cv2.multiply(around, cv2.merge([near] * 3), scale=1 / 255)
    field = sheet[y : y + sprite.shape[0], x : x + sprite.shape[1]]
    through = cv2.merge([255 - sprite[..., 3]] * 3)
    field[:] = cv2.add(cv2.multiply(field, through, scale=1 / 255), sprite[..., :3])
