"""Loose fruit and vegetables: an outline, its skin, its light, and what grows on it."""

from __future__ import annotations

import cv2
import numpy as np

from store.arrays import Mask
from store.catalogue.produce_varieties import VARIETIES
from store.catalogue.product_spec import ProductSpec
from store.graphics.lighting import View
from store.graphics.primitives import OPAQUE, polygon
from store.produce.outlines import body_outline
from store.produce.skins import skin
from store.produce.stalks_and_leaves import add_top
from tillsight.domain.arrays import Floats, Pixels

_GLOSS = {"gloss": 0.75, "dimples": 0.35, "bloom": 0.3, "earthy": 0.05, "fuzzy": 0.08, "papery": 0.3}


def produce(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """One specimen of the variety, drawn from `view.rng`. uint8 [height, width, 4] RGBA."""
    variety = VARIETIES[-1 - spec.family]
    alpha = np.zeros((height, width), np.uint8)
    polygon(alpha, body_outline(variety, width, height, view.rng), OPAQUE)
    tone, shine = _relief((alpha > 127).astype(np.uint8), view)
    colour = skin(variety, height, width, view.rng) * (0.42 + 0.66 * tone)[..., None]
    colour += (255 - colour) * (shine * _GLOSS.get(variety.skin, 0.25) * view.gloss)[..., None]
    return add_top(variety, np.clip(colour, 0, 255).astype(np.uint8), alpha, view.rng)


def _relief(body: Mask, view: View) -> tuple[Floats, Floats]:
    """Shade and shine [H, W] of a swollen body whose height grows with the distance from its edge.

    Lambert shading and a Blinn-Phong highlight on the normals of that height map.
    """
    far = cv2.distanceTransform(body, cv2.DIST_L2, 5)
    reach = max(1.0, float(far.max()))
    height = np.sqrt(np.clip(1 - (1 - np.clip(far / reach, 0, 1)) ** 2, 0, 1)) * reach
    swell = cv2.GaussianBlur(height, (0, 0), 0.06 * reach + 0.5)
    gx, gy = (cv2.Sobel(swell, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8) for dx in (1, 0))
    norm = 1 / np.sqrt(gx * gx + gy * gy + 1)
    lx, ly, lz = 0.5 * view.light, -0.45, 0.74
    tone = np.clip((-gx * lx - gy * ly + lz) * norm, 0.05, 1.1)
    hx, hy, hz = lx * 0.6, ly * 0.6, 0.9  # halfway between the light and the eye
    shine = np.clip((-gx * hx - gy * hy + hz) * norm / np.sqrt(hx * hx + hy * hy + hz * hz), 0, 1) ** 40
    return tone.astype(np.float32), shine.astype(np.float32)
