"""Cartons (boxes, tablets, bricks, gable-tops), trays, lids seen from above."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.artwork import front, long_front
from store.colours import WHITE, mix, turn
from store.crowns import OPAQUE
from store.decor import oval, polygon
from store.design import design_of
from store.pictograms import pictogram, place
from store.seeding import stream
from store.shading import View, bevel, flat, lit, rounded_mask, smooth_noise
from store.spec import ProductSpec
from store.trimmings import barcode, small_print

Pixels = npt.NDArray[np.uint8]


def carton(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A box: its front, and by the view a strip of its side. RGBA [height, about width, 4]."""
    art = long_front(spec, width, height) if spec.form == "tablet" else front(spec, width, height)
    face = lit(art, bevel(height, width, 0.012 * width + 1, view.light))
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
    face = lit(face, np.ones((1, 1), np.float32), sheen.astype(np.float32))
    whole = np.dstack([face, alpha])
    if abs(view.side) < 0.02:
        return whole
    return _with_side(spec, whole, view)


def _with_side(spec: ProductSpec, face: Pixels, view: View) -> Pixels:
    """Join the side face, foreshortened and sheared, to the left or right of a front."""
    h, w = face.shape[:2]
    depth = max(3, int(abs(view.side) * w))
    look = design_of(spec)
    side = flat(h, max(24, depth * 2), turn(look.base, value=0.95))
    small_print(
        side, side.shape[1] / 2, h * 0.3, side.shape[1] * 0.8, h * 0.3, mix(look.base, WHITE, 0.75), spec.family
    )
    barcode(side, side.shape[1] * 0.15, h * 0.7, side.shape[1] * 0.7, h * 0.12, 1000003 * (spec.label + 1))
    side = lit(side, np.full((1, 1), 0.68 + 0.1 * view.light * np.sign(view.side), np.float32))
    drop = depth * 0.25
    sheet = np.zeros((h + int(drop) + 1, w + depth, 4), np.uint8)
    right = view.side > 0
    left = 0 if right else depth
    corners = np.array([[0, 0], [side.shape[1], 0], [side.shape[1], h], [0, h]], np.float32)
    near = w - 2 if right else depth + 1
    far = w + depth - 1 if right else 0
    target = (
        [[near, 0], [far, drop], [far, h - drop], [near, h]]
        if right
        else [[far, drop], [near, 0], [near, h], [far, h - drop]]
    )
    fold = cv2.getPerspectiveTransform(corners, np.array(target, np.float32))
    cover = np.full((*side.shape[:2], 1), 255, np.uint8)
    cv2.warpPerspective(
        np.dstack([side, cover]), fold, (sheet.shape[1], sheet.shape[0]), dst=sheet, flags=cv2.INTER_LINEAR
    )
    field = sheet[:h, left : left + w]
    solid = face[..., 3:] > 127
    field[:] = np.where(solid, face, field)
    return sheet[:h]


def gable(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A milk or juice carton with its roof folded to a crimped edge, some with a screw cap."""
    look = design_of(spec)
    rng = stream(spec.seed, "gable", spec.family)
    roof = int(height * 0.17)
    body = carton_face(spec, width, height - roof, view)
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[roof:] = body
    slope, crimp = turn(look.base, value=0.82), mix(look.base, WHITE, 0.35)
    colour, alpha = np.ascontiguousarray(sheet[..., :3]), np.ascontiguousarray(sheet[..., 3])
    inset, top = 0.07 * width, roof * 0.34
    for field, fill in ((colour, slope), (alpha, OPAQUE)):
        polygon(field, [(1, roof), (inset, top), (width - inset, top), (width - 2, roof)], fill)
    for field, fill in ((colour, crimp), (alpha, OPAQUE)):
        polygon(field, [(inset, 1), (width - inset, 1), (width - inset, top), (inset, top)], fill)
    colour[int(top) : int(top) + 2, int(inset) : int(width - inset)] = turn(look.base, value=0.5)
    if rng.random() < 0.6:
        x, y, r = width * 0.5, roof * 0.66, width * 0.14
        oval(colour, x, y + r * 0.15, r * 1.08, r * 0.9, turn(look.base, value=0.5))
        oval(colour, x, y, r, r * 0.82, look.brand_colour)
        oval(colour, x, y - r * 0.1, r * 0.74, r * 0.58, mix(look.brand_colour, WHITE, 0.25))
    return np.dstack([colour, alpha])


def carton_face(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A carton's front alone."""
    art = lit(front(spec, width, height), bevel(height, width, 0.012 * width + 1, view.light))
    return np.dstack([art, rounded_mask(height, width, 0.012 * width + 1)])


def lid(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A tub lying flat, seen from above: printed lid inside a raised rim."""
    look = design_of(spec)
    sheet = flat(height, width, mix(look.base, WHITE, 0.5))
    sheet = lit(sheet, bevel(height, width, 0.03 * width, view.light))
    rim = int(0.045 * width)
    art = lit(
        front(spec, width - 2 * rim, height - 2 * rim),
        bevel(height - 2 * rim, width - 2 * rim, 0.02 * width, -view.light),
    )
    inner = rounded_mask(height - 2 * rim, width - 2 * rim, 0.11 * width)[..., None] / 255.0
    field = sheet[rim : height - rim, rim : width - rim]
    field[:] = (field * (1 - inner) + art * inner).astype(np.uint8)
    sheet = _film(sheet, view, 0.22)
    return np.dstack([sheet, rounded_mask(height, width, 0.15 * width)])


def flat_tin(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A low tin seen from above: a printed disc or rounded square in a metal rim."""
    round_tin = stream(spec.seed, "tin", spec.family).random() < 0.5
    radius = 0.5 * min(width, height) if round_tin else 0.18 * width
    metal = np.linspace(0.75, 1.1, width, dtype=np.float32)[None, :] + 0.12 * view.light
    sheet = lit(flat(height, width, (196, 198, 204)), np.broadcast_to(metal, (height, width)).astype(np.float32))
    rim = int(0.05 * width)
    art = front(spec, width - 2 * rim, height - 2 * rim)
    inner = rounded_mask(height - 2 * rim, width - 2 * rim, radius - rim)[..., None] / 255.0
    field = sheet[rim : height - rim, rim : width - rim]
    field[:] = (field * (1 - inner) + art * inner).astype(np.uint8)
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
    """A plastic tray under film, its content seen, with a printed sleeve across."""
    look = design_of(spec)
    rng = stream(spec.seed, "tray", spec.family)
    dark = bool(rng.random() < 0.6)
    sheet = lit(
        flat(height, width, (38, 38, 42) if dark else (226, 226, 222)), bevel(height, width, 0.03 * width, view.light)
    )
    tile = pictogram(look.pictogram, int(8 * round(0.24 * width / 8)), look.tint)
    for _ in range(16):
        place(sheet, tile, rng.uniform(0.12, 0.88) * width, rng.uniform(0.14, 0.86) * height, 0.4)
    label = front(spec, int(0.56 * width), int(0.96 * height))
    top, left = int(0.02 * height), int((0.05 + 0.34 * rng.random()) * width)
    sheet[top : top + label.shape[0], left : left + label.shape[1]] = label
    return np.dstack([_film(sheet, view, 0.4), rounded_mask(height, width, 0.07 * width)])


def _film(image: Pixels, view: View, strength: float) -> Pixels:
    """Broken highlights of film or varnish."""
    h, w = image.shape[:2]
    noise = smooth_noise(view.rng, h, w, 5, 7)
    shine = np.clip(noise - 0.45, 0, 1) * strength * view.gloss
    return lit(image, np.ones((1, 1), np.float32), shine)
