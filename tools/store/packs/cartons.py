"""Cartons: boxes, chocolate tablets, drink bricks and gable-top cartons."""

from __future__ import annotations

import cv2
import numpy as np

from store.artwork.design import design_of
from store.artwork.front import front, long_front
from store.artwork.print_elements import draw_barcode, draw_small_print
from store.catalogue.product_spec import ProductSpec
from store.colours import WHITE, adjust, mix
from store.graphics.lighting import View, apply_light, bevel
from store.graphics.primitives import OPAQUE, ellipse, polygon
from store.graphics.textures import rounded_mask, solid_colour
from store.random_streams import stream
from tillsight.domain.arrays import Pixels


def carton(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A box: its front, and where the view shows it, a strip of its side. uint8 [height, at least width, 4] RGBA."""
    art = long_front(spec, width, height) if spec.form == "tablet" else front(spec, width, height)
    face = apply_light(art, bevel(height, width, 0.012 * width + 1, view.light))
    alpha = rounded_mask(height, width, 0.012 * width + 1)
    sheen = (
        view.gloss
        * 0.1
        * np.exp(
            -(
                ((np.add.outer(np.linspace(0, 1, height), np.linspace(0, 1, width)) - 0.8 + view.light * 0.5) / 0.16)
                ** 2
            )
        )
    )
    face = apply_light(face, np.ones((1, 1), np.float32), sheen.astype(np.float32))
    whole = np.dstack([face, alpha])
    if abs(view.side) < 0.02:
        return whole
    return _with_side(spec, whole, view)


def _with_side(spec: ProductSpec, face: Pixels, view: View) -> Pixels:
    """Join the side face, foreshortened and sheared, to the left or right of a front."""
    h, w = face.shape[:2]
    depth = max(3, int(abs(view.side) * w))
    design = design_of(spec)
    side = solid_colour(h, max(24, depth * 2), adjust(design.base, value=0.95))
    draw_small_print(
        side, side.shape[1] / 2, h * 0.3, side.shape[1] * 0.8, h * 0.3, mix(design.base, WHITE, 0.75), spec.family
    )
    draw_barcode(side, side.shape[1] * 0.15, h * 0.7, side.shape[1] * 0.7, h * 0.12, 1000003 * (spec.label + 1))
    side = apply_light(side, np.full((1, 1), 0.68 + 0.1 * view.light * np.sign(view.side), np.float32))
    drop = depth * 0.25
    sheet = np.zeros((h + int(drop) + 1, w + depth, 4), np.uint8)
    right = view.side > 0
    left = 0 if right else depth
    corners = np.array([[0, 0], [side.shape[1], 0], [side.shape[1], h], [0, h]], np.float32)
    # the side overlaps the front by a pixel, so that no gap shows
    near = w - 2 if right else depth + 1
    far = w + depth - 1 if right else 0
    target = (
        [[near, 0], [far, drop], [far, h - drop], [near, h]]
        if right
        else [[far, drop], [near, 0], [near, h], [far, h - drop]]
    )
    homography = cv2.getPerspectiveTransform(corners, np.array(target, np.float32))
    cover = np.full((*side.shape[:2], 1), 255, np.uint8)
    cv2.warpPerspective(
        np.dstack([side, cover]), homography, (sheet.shape[1], sheet.shape[0]), dst=sheet, flags=cv2.INTER_LINEAR
    )
    region = sheet[:h, left : left + w]
    solid = face[..., 3:] > 127
    region[:] = np.where(solid, face, region)
    return sheet[:h]


def gable_carton(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A milk or juice carton with a folded roof, some with a screw cap. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    rng = stream(spec.seed, "gable", spec.family)
    roof = int(height * 0.17)
    body = _carton_front(spec, width, height - roof, view)
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[roof:] = body
    slope, crimp = adjust(design.base, value=0.82), mix(design.base, WHITE, 0.35)
    colour, alpha = np.ascontiguousarray(sheet[..., :3]), np.ascontiguousarray(sheet[..., 3])
    inset, top = 0.07 * width, roof * 0.34
    for layer, fill in ((colour, slope), (alpha, OPAQUE)):
        polygon(layer, [(1, roof), (inset, top), (width - inset, top), (width - 2, roof)], fill)
    for layer, fill in ((colour, crimp), (alpha, OPAQUE)):
        polygon(layer, [(inset, 1), (width - inset, 1), (width - inset, top), (inset, top)], fill)
    colour[int(top) : int(top) + 2, int(inset) : int(width - inset)] = adjust(design.base, value=0.5)
    if rng.random() < 0.6:
        x, y, r = width * 0.5, roof * 0.66, width * 0.14
        ellipse(colour, x, y + r * 0.15, r * 1.08, r * 0.9, adjust(design.base, value=0.5))
        ellipse(colour, x, y, r, r * 0.82, design.brand_colour)
        ellipse(colour, x, y - r * 0.1, r * 0.74, r * 0.58, mix(design.brand_colour, WHITE, 0.25))
    return np.dstack([colour, alpha])


def _carton_front(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A carton's front without a side face. uint8 [height, width, 4] RGBA."""
    art = apply_light(front(spec, width, height), bevel(height, width, 0.012 * width + 1, view.light))
    return np.dstack([art, rounded_mask(height, width, 0.012 * width + 1)])
