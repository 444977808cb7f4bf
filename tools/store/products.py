"""The entry point for one product: `describe` gives its properties, `render` draws it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from store.catalogue.assortment import MAX_LABELS, describe
from store.catalogue.product_spec import ProductSpec, aspect, attributes
from store.graphics.lighting import View
from store.packs import bottles, cans, cartons, jars_and_cups, soft_packs, trays_and_lids
from store.produce.drawing import produce
from store.random_streams import stream
from tillsight.domain.arrays import Pixels

__all__ = ["MAX_LABELS", "ProductSpec", "attributes", "describe", "render"]

# ProductSpec.form: the function that draws it from (spec, width and height of the sheet in pixels, view)
_FORMS: dict[str, Callable[[ProductSpec, int, int, View], Pixels]] = {
    "box": cartons.carton,
    "tablet": cartons.carton,
    "brick": cartons.carton,
    "gable": cartons.gable_carton,
    "lid": trays_and_lids.lid,
    "flat_tin": trays_and_lids.flat_tin,
    "tray": trays_and_lids.tray,
    "pouch": soft_packs.pouch,
    "bar": soft_packs.bar,
    "tube": soft_packs.tube,
    "can": cans.can,
    "tin": cans.tin,
    "bottle": bottles.bottle,
    "squeeze": bottles.squeeze_bottle,
    "jar": jars_and_cups.jar,
    "shaker": jars_and_cups.jar,
    "cup": jars_and_cups.cup,
    "bucket": jars_and_cups.cup,
    "tub": jars_and_cups.cup,
    "produce": produce,
}


def render(spec: ProductSpec, size: int = 256, view_seed: int = 0) -> Pixels:
    """One specimen of a product, upright: uint8 [H, W, 4] RGBA, cropped to the object, its longer side `size` pixels.

    `view_seed` 0 is the studio view. Any other value changes the light, gloss and wrinkles, shows a carton's side face,
    or draws another fruit of the variety. The same arguments always give the same pixels.
    Raises ValueError for a size under 32 pixels.
    """
    if size < 32:
        raise ValueError(f"size {size} is too small to print a pack: give at least 32 pixels")
    fine = size * (1.5 if size <= 320 else 1.2)  # drawn larger, then scaled down: small print stays sharp
    ratio = aspect(spec)
    height, width = (fine, fine / ratio) if ratio >= 1 else (fine * ratio, fine)
    drawn = _FORMS[spec.form](spec, max(24, int(width)), max(24, int(height)), _view(spec, view_seed))
    return _fit_to_size(drawn, size)


def _view(spec: ProductSpec, view_seed: int) -> View:
    if view_seed == 0:
        return View(
            light=-0.4, elevation=0.3, side=0.0, gloss=0.7, wrinkles=0.6, rng=stream(spec.seed, "studio", spec.family)
        )
    rng = stream(spec.seed, "view", spec.label, view_seed)
    side = float(rng.uniform(0.04, 0.22) * rng.choice([-1, 1])) if rng.random() < 0.4 else 0.0
    return View(
        light=float(rng.uniform(-1, 1)),
        elevation=float(rng.uniform(0, 0.9)),
        side=side,
        gloss=float(rng.uniform(0.2, 1.2)),
        wrinkles=float(rng.uniform(0.3, 1.1)),
        rng=rng,
    )


def _fit_to_size(drawn: Pixels, size: int) -> Pixels:
    """Crop to the visible part and scale its longer side to `size` pixels."""
    solid = drawn[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    cropped = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    h, w = cropped.shape[:2]
    scale = size / max(h, w)
    target = max(1, round(w * scale)), max(1, round(h * scale))
    # INTER_AREA averages colours without regard to alpha, so transparent pixels get the colour of the centre first
    cropped = cropped.copy()
    cropped[..., :3][cropped[..., 3] == 0] = cropped[h // 2, w // 2, :3]
    return np.asarray(
        cv2.resize(cropped, target, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
    )
