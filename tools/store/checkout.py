"""One counter scene of the store from (seed, index): which products, how many, on which picture size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from store.coco import Drawn, drawn
from store.gallery import StudioObject, cut, save
from store.products import describe, render
from store.scenes import Scene, compose
from store.seeding import chance, stream

Pixels = npt.NDArray[np.uint8]
SIZES = ((768, 1024), (768, 1024), (768, 1024), (1024, 768), (720, 1280), (900, 900), (960, 1280))  # height, width


@dataclass(frozen=True)
class Assortment:
    """What scenes are drawn from: labels first..first+count-1 of a store, and studio objects beside them."""

    seed: int
    first: int
    count: int
    studio: tuple[StudioObject, ...] = ()
    upright: bool = False
    most: int = 20


@lru_cache(maxsize=256)
def _studio_cut(entry: StudioObject) -> Pixels:
    return cut(entry)


def scene(shop: Assortment, index: int) -> tuple[Scene, list[tuple[str, str]]]:
    """The index-th scene, with (product_id, name) of each object handed to the composer."""
    rng = stream(shop.seed, "scene", index)
    number = (
        0 if chance(rng, 0.02) else int(np.clip(rng.geometric(0.13) + 1, 1, shop.most))
    )  # now and then an empty counter
    labels: list[tuple[str, str]] = []
    objects: list[Pixels] = []
    lengths: list[float] = []
    while len(objects) < number:
        repeats = int(rng.integers(2, 5)) if chance(rng, 0.18) else 1
        for name, picture, length in _individuals(rng, shop, min(repeats, number - len(objects))):
            labels.append(name)
            objects.append(picture)
            lengths.append(length)
    size = SIZES[int(rng.integers(len(SIZES)))]
    composed = compose(
        rng,
        objects,
        None,
        size,
        touching=float(rng.choice([0.0, 0.4, 0.5, 0.6, 0.9])),
        upright=shop.upright,
        extent=(0.22, 0.55),
        relative=lengths,
        spill=0.12,
        distractors=0.12,
    )
    return composed, labels


def _individuals(
    rng: np.random.Generator, shop: Assortment, repeats: int
) -> list[tuple[tuple[str, str], Pixels, float]]:
    """One product several times, each an individual view: ((product_id, name), RGBA, length in millimetres)."""
    if shop.studio and (shop.count == 0 or chance(rng, 0.45)):
        entry = shop.studio[int(rng.integers(len(shop.studio)))]
        return [((entry.product_id, entry.name), _studio_cut(entry), 140.0)] * repeats
    spec = describe(shop.first + int(rng.integers(shop.count)), shop.seed)
    views = rng.integers(1, 1 << 31, repeats)
    return [
        ((spec.product_id, spec.name), render(spec, 360, int(v)), max(spec.width_mm, spec.height_mm)) for v in views
    ]


def write_scene(folder: Path, shop: Assortment, index: int) -> Drawn:
    """Draw the index-th scene into folder/images; returns what annotations.json says of it."""
    composed, labels = scene(shop, index)
    name = f"{index:06d}.jpg"
    save(folder / "images" / name, composed.image, 95)
    return drawn(name, composed, labels)
