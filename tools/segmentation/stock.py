"""Annotated photos taken apart into what scenes are composed of: objects, grounds, and the photos themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from segmentation.compose import LARGEST_CUTOUT, Cutout, Stock
from segmentation.dataset import AnnotatedPhoto, Annotation, InvalidTrainingData
from segmentation.jointed import clad, jointed
from segmentation.targets import Scene
from segmentation.variety import with_parts

Pixels = NDArray[np.uint8]

KEPT_SIDE = 960
"""Longer side at which whole photos are kept: half as much again as the network sees."""
KEPT_PHOTOS = 150
"""Whole photos and their grounds kept; objects are kept from all."""
SMALLEST_OBJECT = 900
"""Pixels at KEPT_SIDE under which an object is too coarse to be pasted elsewhere."""
GROUND_SIDE = 640
STORE_PRODUCTS, STORE_GROUNDS = 160, 48
WITH_PARTS = 0.15
"""Share of cut-outs that also come with parts sticking out."""
CLAD_ANEW = 0.15
"""Share of cut-outs that also come clad in another's surface."""
JOINTED = 0.1
"""Drawn objects of several thin parts, as a share of the cut-outs."""


@dataclass(frozen=True, slots=True)
class Material:
    """Whole photos as scenes, and stock from them."""

    photos: list[Scene]
    stock: Stock


def material(photos: Sequence[AnnotatedPhoto], progress: Progress, description: str) -> Material:
    """Load photos and take them apart. Raises InvalidTrainingData, also where no object is found at all."""
    scenes, cutouts, grounds = [], [], []
    for photo in progress.track(photos, description=description):
        pixels, annotation = photo.load()
        cutouts.extend(cut(pixels, annotation))
        if len(scenes) < KEPT_PHOTOS:
            scene = shrunk(pixels, annotation)
            scenes.append(scene)
            if (scene.ids > 0).mean() < 0.6:
                grounds.append(emptied(scene))
    if not any(scene.ids.any() for scene in scenes):
        raise InvalidTrainingData(
            f"{photos[0].path.parent}: no foreground in any of the {len(photos)} photos, so there is nothing to learn"
        )
    return Material(scenes, Stock(cutouts, grounds))


def shrunk(pixels: Pixels, annotation: Annotation) -> Scene:
    """A whole photo as a scene of at most KEPT_SIDE."""
    factor = min(1.0, KEPT_SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
    image = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ids = cv2.resize(annotation.ids.astype(np.float32), size, interpolation=cv2.INTER_NEAREST).astype(np.int32)
    trusted = ~np.isin(ids, list(annotation.doubtful)) if annotation.doubtful else np.ones(ids.shape, bool)
    return Scene(np.asarray(image, np.uint8), ids, trusted)


def cut(pixels: Pixels, annotation: Annotation) -> Iterator[Cutout]:
    """Each whole, certain object of a photo, its edge drawn in by a pixel where the ground shines through."""
    height, width = annotation.ids.shape
    smallest = SMALLEST_OBJECT * (max(height, width) / KEPT_SIDE) ** 2
    for identity in np.unique(annotation.ids[annotation.ids > 0]):
        if int(identity) in annotation.doubtful:
            continue
        mask = (annotation.ids == identity).astype(np.uint8)
        x, y, w, h = cv2.boundingRect(mask)
        rim = x == 0 or y == 0 or x + w == width or y + h == height
        if rim or mask[y : y + h, x : x + w].sum() < smallest:
            continue
        inside = np.s_[max(y - 2, 0) : y + h + 2, max(x - 2, 0) : x + w + 2]
        alpha = cv2.erode(mask[inside] * np.uint8(255), np.ones((3, 3), np.uint8))
        rgba = np.dstack([pixels[inside], cv2.GaussianBlur(alpha, (0, 0), 0.8)])
        yield Cutout.of(np.asarray(rgba, np.uint8))


def emptied(scene: Scene) -> Pixels:
    """The ground of a photo, its objects and their shadows' rims painted over (Telea's inpainting, 2004)."""
    factor = min(1.0, GROUND_SIDE / max(scene.ids.shape))
    size = round(scene.ids.shape[1] * factor), round(scene.ids.shape[0] * factor)
    image = cv2.resize(scene.image, size, interpolation=cv2.INTER_AREA)
    covered = cv2.resize((scene.ids > 0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    covered = cv2.dilate(covered, np.ones((15, 15), np.uint8))
    return np.asarray(cv2.inpaint(image, covered, 4, cv2.INPAINT_TELEA), dtype=np.uint8)


def store_stock(seed: int, progress: Progress) -> Stock:
    """Products and grounds of the synthetic store, to widen what few photos show."""
    from store import products
    from store.scenes import backgrounds

    rng = np.random.default_rng((seed, 0))
    labels = rng.choice(products.MAX_LABELS, STORE_PRODUCTS, replace=False)
    cutouts = [
        Cutout.of(products.render(products.describe(int(label)), size=LARGEST_CUTOUT - 64, view_seed=index + 1))
        for index, label in enumerate(progress.track(labels, description="store products"))
    ]
    grounds = [backgrounds.render(np.random.default_rng((seed, 1, index)), 480, 640) for index in range(STORE_GROUNDS)]
    return Stock(cutouts, grounds)


def varied(rng: np.random.Generator, stock: Stock) -> Stock:
    """The stock, WITH_PARTS of it again with stems, caps and handles, CLAD_ANEW of it in others' surfaces, and JOINTED
    as many drawn objects of limbs."""
    whole = [cutout.levels[0] for cutout in stock.cutouts]

    def some(portion: float) -> Iterator[Pixels]:
        return (whole[int(index)] for index in rng.permutation(len(whole))[: round(portion * len(whole))])

    extra = [with_parts(rng, one) for one in some(WITH_PARTS)]
    extra += [clad(rng, one, whole) for one in some(CLAD_ANEW)]
    extra += [jointed(rng, whole) for _ in range(round(JOINTED * len(whole)))]
    return Stock([*stock.cutouts, *map(Cutout.of, extra)], stock.grounds)


def mixed(rng: np.random.Generator, own: Stock, other: Stock, share: float) -> Stock:
    """One stock in which about `share` of the draws fall on `other`; all of `other`'s grounds."""
    if not own.cutouts:
        return Stock(list(other.cutouts), [*own.grounds, *other.grounds])
    if share <= 0 or not other.cutouts:
        return Stock(list(own.cutouts), [*own.grounds, *other.grounds])
    wanted = max(1, round(len(other.cutouts) * (1 - share) / share))
    repeats = max(1, round(wanted / len(own.cutouts)))
    spare = max(1, round(len(own.cutouts) * repeats * share / (1 - share)))
    chosen = rng.permutation(len(other.cutouts))[:spare]
    cutouts = [*list(own.cutouts) * repeats, *(other.cutouts[int(index)] for index in chosen)]
    turns = max(1, round(len(other.grounds) / max(len(own.grounds), 1)))
    return Stock(cutouts, [*list(own.grounds) * turns, *other.grounds])
