"""Counter scenes: objects placed on a counter and photographed, with the true mask of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from store.arrays import Mask
from store.random_streams import chance
from store.scenes import backgrounds, placement
from store.scenes.camera import apply_camera
from store.scenes.compositing import composite, warp_object
from store.scenes.distractors import add_distractor
from store.scenes.occupancy import OccupancyMap, Position, touching_pairs
from tillsight.domain.arrays import Labels, Pixels


@dataclass(frozen=True)
class Scene:
    """A counter photo and its instances.

    `image` uint8 [H, W, 3] RGB. `instances` int32 [H, W], 0 = counter, k + 1 = the k-th placed object. `objects[k]` is
    its index in the input. `touching` lists pairs (i, j), i < j, of positions in `objects` whose silhouettes are
    neighbours in the image.
    """

    image: Pixels
    instances: Labels
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
    length_range: tuple[float, float] = (0.2, 0.5),
    max_fill: float = 0.42,
    relative: Sequence[float] | None = None,
    max_overlap: float = 0.08,
    border_cut: float = 0.0,
    distractors: float = 0.0,
    camera_strength: float = 1.0,
    jpeg: bool = True,
) -> Scene:
    """Place RGBA objects on a counter of `size` (height, width) in pixels and photograph it.

    Each object after the first touches an earlier one with probability `touching` (half of those side by side along its
    axes), or lies apart. The longer side of a typical object is `length_range` (lowest, highest) times the image's
    shorter side; `relative` gives the objects' true lengths in any unit. All objects are scaled down together so that
    they cover at most `max_fill` of the image. No object hides more than `max_overlap` of another. `border_cut` is the
    probability that objects may cross the image border, `distractors` that of a thing that is no product.
    `camera_strength` scales the camera effects, 0 switches them off; `jpeg` compresses the photo. An object that finds
    no room is missing from the result's `objects`.
    Raises ValueError if an object is not uint8 [H, W, 4] or the background is not [height, width, 3].
    """
    height, width = size
    for index, rgba in enumerate(objects):
        if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
            raise ValueError(f"object {index} must be uint8 [H, W, 4]; it is {rgba.dtype} {list(rgba.shape)}")
    counter = backgrounds.render(rng, height, width) if background is None else background
    if counter.shape != (height, width, 3):
        raise ValueError(f"the background must be [{height}, {width}, 3]; it is {list(counter.shape)}")
    if chance(rng, distractors):
        counter = add_distractor(rng, counter)
    # objects may lie on a margin around the image, which the photo does not show; a multiple of the placement grid
    margin = int(0.12 * min(size)) // 8 * 8 if chance(rng, border_cut) else 0
    occupancy = OccupancyMap(height + 2 * margin, width + 2 * margin)
    placed: list[tuple[Pixels, Position]] = []
    order: list[int] = []
    angles: list[float] = []
    lengths = _lengths(rng, objects, size, length_range, max_fill, relative)
    for index in rng.permutation(len(objects)):
        for shrink in (1.0, 0.85, 0.7):  # where there is no room, try again smaller
            contact = bool(placed) and chance(rng, touching)
            target = int(rng.integers(len(placed))) + 1 if contact else 0
            side_by_side = contact and chance(rng, 0.5)
            degrees = angles[target - 1] + 180.0 * rng.integers(2) if side_by_side else _angle(rng, upright)
            sprite = warp_object(rng, objects[index], lengths[index] * shrink, degrees, 0.0 if upright else 0.04)
            mask = ((sprite[..., 3] > 127) * np.uint8(255)).astype(np.uint8)
            position = _find_position(rng, occupancy, mask, target, side_by_side, degrees, max_overlap)
            if position is not None and mask.any():
                occupancy.add(mask, position)
                placed.append((sprite, position))
                order.append(int(index))
                angles.append(degrees)
                break
    image = composite(rng, counter, placed, margin)
    if camera_strength > 0:
        image = apply_camera(rng, image, camera_strength, jpeg)
    ids = occupancy.ids[margin : margin + height, margin : margin + width]
    return _renumbered(image, ids, order)


def _renumbered(image: Pixels, ids: npt.NDArray[np.uint16], order: list[int]) -> Scene:
    """Number the objects with at least 16 visible pixels from 1 without gaps."""
    counts = np.bincount(ids.ravel(), minlength=len(order) + 1)
    kept = [k for k in range(1, len(order) + 1) if counts[k] >= 16]
    if len(kept) < len(order):
        renumber = np.zeros(len(order) + 1, np.uint16)
        renumber[kept] = np.arange(1, len(kept) + 1)
        ids = renumber[ids]
    pairs = [(a - 1, b - 1) for a, b in touching_pairs(ids)]
    return Scene(image, ids.astype(np.int32), [order[k - 1] for k in kept], pairs)


def _lengths(
    rng: np.random.Generator,
    objects: Sequence[Pixels],
    size: tuple[int, int],
    length_range: tuple[float, float],
    max_fill: float,
    relative: Sequence[float] | None,
) -> list[float]:
    """Longer side of each object in pixels."""
    base = rng.uniform(*length_range) * min(size)
    if relative is None:
        ratios = np.exp(rng.normal(0, 0.22, len(objects)))
    else:
        # sizes differ less in the image than in reality: exponent below 1, clipped
        true_lengths = np.asarray(relative, np.float64)
        ratios = (
            np.clip((true_lengths / np.median(true_lengths)) ** 0.75, 0.4, 2.0)
            * np.exp(rng.normal(0, 0.06, len(objects)))
            if len(true_lengths)
            else true_lengths
        )
    lengths = np.clip(base * ratios, 24, 0.8 * min(size))
    area = sum(float(n) ** 2 * min(o.shape[:2]) / max(o.shape[:2]) for n, o in zip(lengths, objects, strict=True))
    return [float(n) for n in lengths * min(1.0, np.sqrt(max_fill * size[0] * size[1] / max(area, 1.0)))]


def _angle(rng: np.random.Generator, upright: bool) -> float:
    """A random rotation in degrees, counter-clockwise."""
    if upright:
        return float(rng.normal(0, 3))
    if chance(rng, 0.25):
        return float(90 * rng.integers(4) + rng.normal(0, 5))
    return float(rng.uniform(0, 360))


def _find_position(
    rng: np.random.Generator,
    occupancy: OccupancyMap,
    mask: Mask,
    target: int,
    side_by_side: bool,
    degrees: float,
    max_overlap: float,
) -> Position | None:
    """A position in contact with the target, or a separate one where `target` is 0 or has no room."""
    if not target:
        return placement.find_separate(rng, occupancy, mask)
    position = placement.find_side_by_side(rng, occupancy, mask, target, degrees) if side_by_side else None
    position = position or placement.find_contact(rng, occupancy, mask, target)
    if position is not None and max_overlap > 0 and chance(rng, 0.35):
        position = placement.push_over(
            occupancy, mask, position, target, max_overlap, int(rng.uniform(1, 2 + 0.08 * min(mask.shape)))
        )
    return position or placement.find_separate(rng, occupancy, mask)
