"""What scenes are composed of: cut-out objects and backgrounds, from photos, drawings and the synthetic store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.progress import Progress

from segmentation.appearance import add_protruding_parts
from segmentation.articulated_objects import draw_articulated_object, retexture
from segmentation.cutouts import LARGEST_CUTOUT, Cutout
from tillsight.domain.arrays import Pixels

STORE_PRODUCTS, STORE_BACKGROUNDS = 160, 48
PROTRUDING_SHARE = 0.15
"""Share of cut-outs that are added again with parts that protrude."""
RETEXTURED_SHARE = 0.15
"""Share of cut-outs that are added again with another cut-out's texture."""
ARTICULATED_SHARE = 0.1
"""Drawn articulated objects, as a share of the cut-outs."""


@dataclass(frozen=True, slots=True)
class CutoutPool:
    """Objects to paste, and backgrounds uint8 [h, w, 3] of any size to paste them onto."""

    cutouts: Sequence[Cutout]
    backgrounds: Sequence[Pixels]


def store_pool(seed: int, progress: Progress) -> CutoutPool:
    """Products and backgrounds of the synthetic store, for more variety than a few photos have."""
    from store import products
    from store.scenes import backgrounds

    rng = np.random.default_rng((seed, 0))
    labels = rng.choice(products.MAX_LABELS, STORE_PRODUCTS, replace=False)
    cutouts = [
        Cutout.of(products.render(products.describe(int(label)), size=LARGEST_CUTOUT - 64, view_seed=index + 1))
        for index, label in enumerate(progress.track(labels, description="store products"))
    ]
    pictures = [
        backgrounds.render(np.random.default_rng((seed, 1, index)), 480, 640) for index in range(STORE_BACKGROUNDS)
    ]
    return CutoutPool(cutouts, pictures)


def add_variations(rng: np.random.Generator, pool: CutoutPool) -> CutoutPool:
    """The pool with variations of its cut-outs: protruding parts, other textures, and drawn articulated objects."""
    images = [cutout.levels[0] for cutout in pool.cutouts]

    def sample(share: float) -> Iterator[Pixels]:
        return (images[int(index)] for index in rng.permutation(len(images))[: round(share * len(images))])

    extra = [add_protruding_parts(rng, image) for image in sample(PROTRUDING_SHARE)]
    extra += [retexture(rng, image, images) for image in sample(RETEXTURED_SHARE)]
    extra += [draw_articulated_object(rng, images) for _ in range(round(ARTICULATED_SHARE * len(images)))]
    return CutoutPool([*pool.cutouts, *map(Cutout.of, extra)], pool.backgrounds)


def mix_pools(rng: np.random.Generator, own: CutoutPool, other: CutoutPool, share: float) -> CutoutPool:
    """One pool from which about `share` of the draws take a cut-out of `other`; it has all backgrounds of `other`."""
    if not own.cutouts:
        return CutoutPool(list(other.cutouts), [*own.backgrounds, *other.backgrounds])
    if share <= 0 or not other.cutouts:
        return CutoutPool(list(own.cutouts), [*own.backgrounds, *other.backgrounds])
    # Draws are uniform, so the smaller set is repeated until the counts have the wanted ratio.
    wanted = max(1, round(len(other.cutouts) * (1 - share) / share))
    repeats = max(1, round(wanted / len(own.cutouts)))
    taken = max(1, round(len(own.cutouts) * repeats * share / (1 - share)))
    chosen = rng.permutation(len(other.cutouts))[:taken]
    cutouts = [*list(own.cutouts) * repeats, *(other.cutouts[int(index)] for index in chosen)]
    background_repeats = max(1, round(len(other.backgrounds) / max(len(own.backgrounds), 1)))
    return CutoutPool(cutouts, [*list(own.backgrounds) * background_repeats, *other.backgrounds])
