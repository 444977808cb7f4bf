"""Counter scenes: objects laid on a counter, photographed, with the true mask of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from store import backgrounds, camera, clutter, placement
from store.seeding import chance

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """`image` uint8 [H, W, 3] RGB; `instances` int32 [H, W], 0 = counter, k + 1 = the k-th laid object;
    `objects[k]` its index into the input; `touching` pairs (i, j), i < j, of positions in `objects`
    whose silhouettes are neighbours in the picture."""

    image: Pixels
    instances: npt.NDArray[np.int32]
    objects: list[int]
    touching: list[tuple[int, int]]


def compose(
    rng: np.random.Generator, objects: Sequence[Pixels], background: Pixels | None = None, size: tuple[int, int] = (768, 1024),
    touching: float = 0.5, *, upright: bool = False, extent: tuple[float, float] = (0.2, 0.5), fill: float = 0.42,
    relative: Sequence[float] | None = None, overlap: float = 0.08, spill: float = 0.0, distractors: float = 0.0,
    photograph: float = 1.0, jpeg: bool = True,
) -> Scene:
    """Lay RGBA objects on a counter of `size` (height, width) and photograph it.

    Each object after the first is laid against an earlier one with probability `touching` (half of those
    side by side along its axes), else apart. The longer side of a typical object is `extent` of the
    picture's shorter side; `relative` gives the objects' true sizes in any unit; all are shrunk together to cover at
    most `fill` of the picture. No object hides more than `overlap` of another. `spill` is the
    probability that objects may be cut by the picture's edge, `distractors` that of a thing that is no product,
    `photograph` the strength of camera effects. An object with no room left is left out of `objects`.
    Raises ValueError where an object is not uint8 [H, W, 4] or the background not of `size`.
    """
    height, width = size
    for index, rgba in enumerate(objects):
        if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
            raise ValueError(f"object {index} must be uint8 [H, W, 4]; it is {rgba.dtype} {list(rgba.shape)}")
    counter = backgrounds.render(rng, height, width) if background is None else background
    if counter.shape != (height, width, 3):
        raise ValueError(f"the background must be [{height}, {width}, 3]; it is {list(counter.shape)}")
    if chance(rng, distractors):
        counter = clutter.scatter(rng, counter)
    margin = int(0.12 * min(size)) // 8 * 8 if chance(rng, spill) else 0
    table = placement.Table(height + 2 * margin, width + 2 * margin)
    laid, order, angles = [], [], []
    lengths = _lengths(rng, objects, size, extent, fill, relative)
    for index in rng.permutation(len(objects)):
        for shrink in (1.0, 0.85, 0.7):
            contact = bool(laid) and chance(rng, touching)
            target = int(rng.integers(len(laid))) + 1 if contact else 0
            aligned = contact and chance(rng, 0.5)
            degrees = angles[target - 1] + 180.0 * rng.integers(2) if aligned else _angle(rng, upright)
            sprite = turned(rng, objects[index], lengths[index] * shrink, degrees, 0.0 if upright else 0.04)
            mask = ((sprite[..., 3] > 127) * np.uint8(255)).astype(np.uint8)
            spot = _spot(rng, table, mask, target, aligned, degrees, overlap)
            if spot is not None and mask.any():
                table.lay(mask, spot)
                laid.append((sprite, spot))
                order.append(int(index))
                angles.append(degrees)
                break
    image = _painted(rng, counter, laid, margin)
    if photograph > 0:
        image = camera.photograph(rng, image, photograph, jpeg)
    ids = table.ids[margin:margin + height, margin:margin + width]
    return _settled(image, ids, order)


def _settled(image: Pixels, ids: npt.NDArray[np.uint16], order: list[int]) -> Scene:
    """Number what is still seen (at least 16 pixels of it) from 1 without gaps."""
    counts = np.bincount(ids.ravel(), minlength=len(order) + 1)
    kept = [k for k in range(1, len(order) + 1) if counts[k] >= 16]
    if len(kept) < len(order):
        renumber = np.zeros(len(order) + 1, np.uint16)
        renumber[kept] = np.arange(1, len(kept) + 1)
        ids = renumber[ids]
    pairs = [(a - 1, b - 1) for a, b in placement.touching_pairs(ids)]
    return Scene(image, ids.astype(np.int32), [order[k - 1] for k in kept], pairs)


def _lengths(rng: np.random.Generator, objects: Sequence[Pixels], size: tuple[int, int], extent: tuple[float, float], fill: float,
             relative: Sequence[float] | None) -> list[float]:
    """Longer side of each object in pixels."""
    base = rng.uniform(*extent) * min(size)
    if relative is None:
        ratios = np.exp(rng.normal(0, 0.22, len(objects)))
    else:
        true = np.asarray(relative, np.float64)
        ratios = np.clip((true / np.median(true)) ** 0.75, 0.4, 2.0) * np.exp(rng.normal(0, 0.06, len(objects))) if len(true) else true
    lengths = np.clip(base * ratios, 24, 0.8 * min(size))
    area = sum(float(n) ** 2 * min(o.shape[:2]) / max(o.shape[:2]) for n, o in zip(lengths, objects, strict=True))
    return [float(n) for n in lengths * min(1.0, np.sqrt(fill * size[0] * size[1] / max(area, 1.0)))]


def _angle(rng: np.random.Generator, upright: bool) -> float:
    if upright:
        return float(rng.normal(0, 3))
    if chance(rng, 0.25):
        return float(90 * rng.integers(4) + rng.normal(0, 5))
    return float(rng.uniform(0, 360))


def turned(rng: np.random.Generator, rgba: Pixels, length: float, degrees: float, tilt: float) -> Pixels:
    """An object scaled to a longer side of `length` pixels, turned counter-clockwise and seen a little aslant; colours premultiplied."""
    h, w = rgba.shape[:2]
    scale = length / max(h, w)
    if scale < 0.7:  # warping samples four pixels: average the others first
        rgba = cv2.resize(rgba, (max(2, round(w * scale)), max(2, round(h * scale))), interpolation=cv2.INTER_AREA)
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


def _spot(rng: np.random.Generator, table: placement.Table, mask: Pixels, target: int, aligned: bool, degrees: float,
          overlap: float) -> placement.Spot | None:
    if not target:
        return placement.apart(rng, table, mask)
    spot = placement.beside(rng, table, mask, target, degrees) if aligned else None
    spot = spot or placement.against(rng, table, mask, target)
    if spot is not None and overlap > 0 and chance(rng, 0.35):
        spot = placement.pressed(table, mask, spot, target, overlap, int(rng.integers(1, 7)))
    return spot or placement.apart(rng, table, mask)


def _painted(rng: np.random.Generator, counter: Pixels, laid: list[tuple[Pixels, placement.Spot]], margin: int) -> Pixels:
    """Cast shadows on the counter, then each object over its contact shadow."""
    h, w = counter.shape[:2]
    sheet = cv2.copyMakeBorder(counter, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    a, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.022) * min(h, w)
    depth, soft = rng.uniform(0.15, 0.6), rng.uniform(1.2, 4.0)
    quarter = np.zeros((sheet.shape[0] // 4 + 1, sheet.shape[1] // 4 + 1), np.uint8)
    for sprite, (x, y) in laid:
        small = cv2.resize(sprite[..., 3], (max(1, sprite.shape[1] // 4), max(1, sprite.shape[0] // 4)), interpolation=cv2.INTER_AREA)
        for far in (0.3, 1.0):
            left, top = int((x + far * reach * np.cos(a)) / 4), int((y + far * reach * np.sin(a)) / 4)
            field = quarter[max(0, top):top + small.shape[0], max(0, left):left + small.shape[1]]
            part = small[max(0, -top):, max(0, -left):][:field.shape[0], :field.shape[1]]
            np.maximum(field, part, out=field)
    cast = cv2.resize(cv2.GaussianBlur(quarter, (0, 0), soft), (quarter.shape[1] * 4, quarter.shape[0] * 4))[:sheet.shape[0], :sheet.shape[1]]
    tone = (255 - depth * cast).astype(np.uint8)
    sheet = cv2.multiply(sheet, cv2.merge([tone] * 3), scale=1 / 255)
    seam = rng.uniform(0.2, 0.6)
    for sprite, (x, y) in laid:
        _lay_over(sheet, sprite, x, y, seam)
    return np.ascontiguousarray(sheet[margin:margin + h, margin:margin + w])


def _lay_over(sheet: Pixels, sprite: Pixels, x: int, y: int, seam: float) -> None:
    """Darken a thin rim around the object, then blend it in place."""
    rim = 5
    alpha = cv2.copyMakeBorder(sprite[..., 3], rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=0)
    near = (255 - seam * cv2.blur(alpha, (2 * rim - 1, 2 * rim - 1))).astype(np.uint8)
    y0, x0 = max(0, y - rim), max(0, x - rim)
    around = sheet[y0:y + sprite.shape[0] + rim, x0:x + sprite.shape[1] + rim]
    near = near[y0 - (y - rim):, x0 - (x - rim):][:around.shape[0], :around.shape[1]]
    around[:] = cv2.multiply(around, cv2.merge([near] * 3), scale=1 / 255)
    field = sheet[y:y + sprite.shape[0], x:x + sprite.shape[1]]
    through = cv2.merge([255 - sprite[..., 3]] * 3)
    field[:] = cv2.add(cv2.multiply(field, through, scale=1 / 255), sprite[..., :3])
