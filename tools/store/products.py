"""Labels and their pictures: `describe` says what a label is, `render` draws it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from store import cartons, pouches, vessels
from store.assortment import MAX_LABELS, describe
from store.produce import produce
from store.seeding import stream
from store.shading import View
from store.spec import ProductSpec, aspect, attributes

__all__ = ["MAX_LABELS", "ProductSpec", "attributes", "describe", "render"]

Pixels = npt.NDArray[np.uint8]
_FORMS: dict[str, Callable[[ProductSpec, int, int, View], Pixels]] = {
    "box": cartons.carton,
    "tablet": cartons.carton,
    "brick": cartons.carton,
    "gable": cartons.gable,
    "lid": cartons.lid,
    "flat_tin": cartons.flat_tin,
    "tray": cartons.tray,
    "pouch": pouches.pouch,
    "bar": pouches.bar,
    "tube": pouches.tube,
    "can": vessels.can,
    "tin": vessels.tin,
    "bottle": vessels.bottle,
    "squeeze": vessels.squeeze,
    "jar": vessels.jar,
    "shaker": vessels.jar,
    "cup": vessels.cup,
    "bucket": vessels.cup,
    "tub": vessels.cup,
    "produce": produce,
}


def render(spec: ProductSpec, size: int = 256, view_seed: int = 0) -> Pixels:
    """One individual of a product, upright: uint8 [H, W, 4] RGBA, tight, its longer side `size` pixels.

    `view_seed` 0 is the studio view; any other draws other light, gloss, wrinkles, a carton's side face,
    another fruit of the same variety. The same arguments give the same pixels, whatever was drawn before.
    Raises ValueError where size is under 32 pixels.
    """
    if size < 32:
        raise ValueError(f"size {size} is too small to print a pack: give at least 32 pixels")
    fine = size * (1.5 if size <= 320 else 1.2)
    ratio = aspect(spec)
    height, width = (fine, fine / ratio) if ratio >= 1 else (fine * ratio, fine)
    drawn = _FORMS[spec.form](spec, max(24, int(width)), max(24, int(height)), _view(spec, view_seed))
    return _fitted(drawn, size)


def _view(spec: ProductSpec, view_seed: int) -> View:
    if view_seed == 0:
        return View(light=-0.4, above=0.3, side=0.0, gloss=0.7, wear=0.6, rng=stream(spec.seed, "studio", spec.family))
    rng = stream(spec.seed, "view", spec.label, view_seed)
    side = float(rng.uniform(0.04, 0.22) * rng.choice([-1, 1])) if rng.random() < 0.4 else 0.0
    return View(
        light=float(rng.uniform(-1, 1)),
        above=float(rng.uniform(0, 0.9)),
        side=side,
        gloss=float(rng.uniform(0.2, 1.2)),
        wear=float(rng.uniform(0.3, 1.1)),
        rng=rng,
    )


def _fitted(drawn: Pixels, size: int) -> Pixels:
    """Crop to the visible part and scale its longer side to `size`, colours weighted by coverage."""
    solid = drawn[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    h, w = cut.shape[:2]
    scale = size / max(h, w)
    target = max(1, round(w * scale)), max(1, round(h * scale))
    cut = cut.copy()
    cut[..., :3][cut[..., 3] == 0] = cut[h // 2, w // 2, :3]
    return np.asarray(
        cv2.resize(cut, target, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
    )
