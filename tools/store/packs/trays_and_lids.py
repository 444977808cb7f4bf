"""Packs seen from above: tub lids, flat tins, and trays under film."""

from __future__ import annotations

import cv2
import numpy as np

from store.artwork.design import design_of
from store.artwork.front import front
from store.catalogue.product_spec import ProductSpec
from store.colours import WHITE, mix
from store.graphics.lighting import View, apply_light, bevel
from store.graphics.pictograms import pictogram
from store.graphics.primitives import paste
from store.graphics.textures import rounded_mask, smooth_noise, solid_colour
from store.random_streams import stream
from tillsight.domain.arrays import Pixels


def lid(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A tub from above: a printed lid inside a raised rim. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    sheet = solid_colour(height, width, mix(design.base, WHITE, 0.5))
    sheet = apply_light(sheet, bevel(height, width, 0.03 * width, view.light))
    rim = int(0.045 * width)
    art = apply_light(
        front(spec, width - 2 * rim, height - 2 * rim),
        bevel(height - 2 * rim, width - 2 * rim, 0.02 * width, -view.light),
    )
    inner = rounded_mask(height - 2 * rim, width - 2 * rim, 0.11 * width)[..., None] / 255.0
    region = sheet[rim : height - rim, rim : width - rim]
    region[:] = (region * (1 - inner) + art * inner).astype(np.uint8)
    sheet = _film(sheet, view, 0.22)
    return np.dstack([sheet, rounded_mask(height, width, 0.15 * width)])


def flat_tin(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A low tin from above: a printed disc or rounded square in a metal rim. uint8 [height, width, 4] RGBA."""
    round_tin = stream(spec.seed, "tin", spec.family).random() < 0.5
    radius = 0.5 * min(width, height) if round_tin else 0.18 * width
    metal = np.linspace(0.75, 1.1, width, dtype=np.float32)[None, :] + 0.12 * view.light
    sheet = apply_light(
        solid_colour(height, width, (196, 198, 204)), np.broadcast_to(metal, (height, width)).astype(np.float32)
    )
    rim = int(0.05 * width)
    art = front(spec, width - 2 * rim, height - 2 * rim)
    inner = rounded_mask(height - 2 * rim, width - 2 * rim, radius - rim)[..., None] / 255.0
    region = sheet[rim : height - rim, rim : width - rim]
    region[:] = (region * (1 - inner) + art * inner).astype(np.uint8)
    for inset in (1.6, 2.2):
        cv2.ellipse(
            sheet,
            (width // 2, height // 2),
            (int(width / 2 - inset * rim), int(height / 2 - inset * rim)),
            0,
            0,
            360,
            (120, 120, 126),
            1,
            cv2.LINE_AA,
        )
    return np.dstack([_film(sheet, view, 0.25), rounded_mask(height, width, radius)])


def tray(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A plastic tray under film with visible content and a printed sleeve across it. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    rng = stream(spec.seed, "tray", spec.family)
    dark = bool(rng.random() < 0.6)
    sheet = apply_light(
        solid_colour(height, width, (38, 38, 42) if dark else (226, 226, 222)),
        bevel(height, width, 0.03 * width, view.light),
    )
    tile = pictogram(design.pictogram, int(8 * round(0.24 * width / 8)), design.tint)
    for _ in range(16):
        paste(sheet, tile, rng.uniform(0.12, 0.88) * width, rng.uniform(0.14, 0.86) * height, 0.4)
    label = front(spec, int(0.56 * width), int(0.96 * height))
    top, left = int(0.02 * height), int((0.05 + 0.34 * rng.random()) * width)
    sheet[top : top + label.shape[0], left : left + label.shape[1]] = label
    return np.dstack([_film(sheet, view, 0.4), rounded_mask(height, width, 0.07 * width)])


def _film(image: Pixels, view: View, strength: float) -> Pixels:
    """Irregular highlights of film or varnish."""
    h, w = image.shape[:2]
    noise = smooth_noise(view.rng, h, w, 5, 7)
    shine = np.clip(noise - 0.45, 0, 1) * strength * view.gloss
    return apply_light(image, np.ones((1, 1), np.float32), shine)
