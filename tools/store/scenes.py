"""Counter scenes: objects laid on a counter, photographed, with the true mask of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from store import backgrounds, camera, clutter, placement
from store.seeding import chance
from store.sprites import painted, turned

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
    rng: np.random.Generator,
    objects: Sequence[Pixels],
    background: Pixels | None = None,
    size: tuple[int, int] = (768, 1024),
    touching: float = 0.5,
    *,
    upright: bool = False,
    extent: tuple[float, float] = (0.2, 0.5),
    fill: float = 0.42,
    relative: Sequence[float] | None = None,
    overlap: float = 0.08,
    spill: float = 0.0,
    distractors: float = 0.0,
    photograph: float = 1.0,
    jpeg: bool = True,
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
    laid: list[tuple[Pixels, placement.Spot]] = []
    order: list[int] = []
    angles: list[float] = []
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
    image = painted(rng, counter, laid, margin)
    if photograph > 0:
        image = camera.photograph(rng, image, photograph, jpeg)
    ids = table.ids[margin : margin + height, margin : margin + width]
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


def _lengths(
    rng: np.random.Generator,
    objects: Sequence[Pixels],
    size: tuple[int, int],
    extent: tuple[float, float],
    fill: float,
    relative: Sequence[float] | None,
) -> list[float]:
    """Longer side of each object in pixels."""
    base = rng.uniform(*extent) * min(size)
    if relative is None:
        ratios = np.exp(rng.normal(0, 0.22, len(objects)))
    else:
        true = np.asarray(relative, np.float64)
        ratios = (
            np.clip((true / np.median(true)) ** 0.75, 0.4, 2.0) * np.exp(rng.normal(0, 0.06, len(objects)))
            if len(true)
            else true
        )
    lengths = np.clip(base * ratios, 24, 0.8 * min(size))
    area = sum(float(n) ** 2 * min(o.shape[:2]) / max(o.shape[:2]) for n, o in zip(lengths, objects, strict=True))
    return [float(n) for n in lengths * min(1.0, np.sqrt(fill * size[0] * size[1] / max(area, 1.0)))]


def _angle(rng: np.random.Generator, upright: bool) -> float:
    if upright:
        return float(rng.normal(0, 3))
    if chance(rng, 0.25):
        return float(90 * rng.integers(4) + rng.normal(0, 5))
    return float(rng.uniform(0, 360))


def _spot(
    rng: np.random.Generator,
    table: placement.Table,
    mask: Pixels,
    target: int,
    aligned: bool,
    degrees: float,
    overlap: float,
) -> placement.Spot | None:
    if not target:
        return placement.apart(rng, table, mask)
    spot = placement.beside(rng, table, mask, target, degrees) if aligned else None
    spot = spot or placement.against(rng, table, mask, target)
    if spot is not None and overlap > 0 and chance(rng, 0.35):
        spot = placement.pressed(table, mask, spot, target, overlap, int(rng.uniform(1, 2 + 0.08 * min(mask.shape))))
    return spot or placement.apart(rng, table, mask)
