"""The printed front of a pack, flat: grounds, brand, flavour picture, names, weight, badges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from store.colours import WHITE, ink_on, luma, mix, turn
from store.decor import gradient, ground_at, oval
from store.design import Design, design_of
from store.layouts import LAYOUTS, WIDE, Box
from store.panels import panel, pattern
from store.pictograms import pictogram, place
from store.seeding import stream
from store.spec import ProductSpec
from store.trimmings import extras, size_flash
from store.typography import arched, fitted, outlined, stamp, turned, write

Pixels = npt.NDArray[np.uint8]


def front(spec: ProductSpec, width: int, height: int) -> Pixels:
    """The front of a pack, uint8 [height, width, 3] RGB, the same for any size but for sharpness."""
    look = design_of(spec)
    canvas = np.empty((height, width, 3), np.uint8)
    gradient(canvas, mix(look.base, WHITE, 0.08), turn(look.base, value=0.9))
    if look.pattern != "plain":
        pattern(canvas, look.pattern, mix(look.base, look.second, 0.16), look.pitch)
    wide = width > 1.5 * height
    places = WIDE if wide else LAYOUTS[look.layout](canvas, look)
    if wide:
        panel(canvas, "slant", 0.74 * width, 0.5 * height, 0.46 * width, height, look.second, None)
    picture(canvas, look, spec, places["picture"])
    brand(canvas, look, spec.brand, places["brand"])
    words(canvas, look, spec, places)
    if not wide:
        extras(canvas, look, spec, places["weight"])
    if spec.size_rank and look.shouts_size:
        size_flash(canvas, look, spec.size_rank)
    return canvas


def long_front(spec: ProductSpec, width: int, height: int) -> Pixels:
    """The front of a long narrow pack, whose family may print it along the pack's length."""
    if height < 1.5 * width or not design_of(spec).lying:
        return front(spec, width, height)
    return np.ascontiguousarray(np.rot90(front(spec, height, width)))


def brand(canvas: Pixels, look: Design, name: str, box: Box) -> None:
    """The brand's name in its own letters, on its panel or outlined."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    text = name.upper() if look.brand_upper else name
    if bh > 2.2 * bw:
        mask = turned(fitted(text, look.brand_font, bh, bw, look.brand_stretch), 90.0)
    else:
        share = (1 - abs(look.brand_rise) * 0.6) * (1.0 if look.panel == "none" else 0.78)
        mask = fitted(
            text, look.brand_font, bw * (1.0 if look.panel == "none" else 0.9), bh * share, look.brand_stretch
        )
        if look.brand_rise:
            mask = arched(mask, look.brand_rise)
        if look.brand_tilt and look.panel in ("none", "slant"):
            mask = turned(mask, look.brand_tilt)
    if look.panel != "none":
        ground = look.brand_edge
        panel(canvas, look.panel, x, y, mask.shape[1] * 1.16 + bh * 0.2, mask.shape[0] * 1.45, ground, look.brand_ink)
        stamp(canvas, mask, x, y, look.brand_ink)
        return
    outlined(
        canvas, mask, x, y, look.brand_ink, look.brand_edge, max(1.0, 0.05 * mask.shape[0]), drop=0.05 * mask.shape[0]
    )


def words(canvas: Pixels, look: Design, spec: ProductSpec, places: dict[str, Box]) -> None:
    """What the product is, its flavour on a flavour-coloured strip, its weight, and a claim."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = places["noun"]
    write(
        canvas,
        spec.noun,
        x * w,
        y * h,
        bw * w,
        bh * h,
        ink_on(ground_at(canvas, places["noun"]), look.brand_colour),
        look.noun_font,
    )
    x, y, bw, bh = places["flavour"]
    strip = (
        look.flavour
        if abs(luma(ground_at(canvas, places["flavour"])) - luma(look.flavour)) > 45
        else look.flavour_light
    )
    letters = fitted(spec.flavour, look.flavour_font, bw * w, bh * h)
    panel(
        canvas,
        ("round", "slant", "block")[look.print_block % 3],
        x * w,
        y * h,
        letters.shape[1] + bh * h * 0.7,
        letters.shape[0] * 1.5,
        strip,
        None,
    )
    stamp(canvas, letters, x * w, y * h, ink_on(strip))
    x, y, bw, bh = places["weight"]
    write(canvas, spec.size, x * w, y * h, bw * w, bh * h, ink_on(ground_at(canvas, places["weight"])), "sans-bold")
    if look.claim and "claim" in places:
        x, y, bw, bh = places["claim"]
        write(
            canvas,
            look.claim,
            x * w,
            y * h,
            bw * w,
            bh * h,
            ink_on(ground_at(canvas, places["claim"]), look.flavour),
            "times-italic",
        )


def picture(canvas: Pixels, look: Design, spec: ProductSpec, box: Box) -> None:
    """The flavour's picture inside a box: alone, in pairs, in a ring, a row or a heap."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    side = min(bw, bh)
    if look.picture == "single" or side < 30:
        place(canvas, _tile(look, side), x, y, 0.35)
    elif look.picture == "pair":
        place(canvas, _tile(look, side * 0.72), x - bw * 0.16, y - bh * 0.08, 0.35)
        place(canvas, _tile(look, side * 0.62), x + bw * 0.18, y + bh * 0.14, 0.35)
    elif look.picture == "row":
        tile = _tile(look, min(side, bw / 2.6))
        for i in (-1, 0, 1):
            place(canvas, tile, x + i * tile.shape[1] * 0.86, y + abs(i) * side * 0.06, 0.35)
    elif look.picture == "ring":
        oval(canvas, x, y, side * 0.5, side * 0.5, mix(look.flavour_light, WHITE, 0.3))
        oval(canvas, x, y, side * 0.45, side * 0.45, look.flavour)
        place(canvas, _tile(look, side * 0.7), x, y, 0.35)
    else:
        rng = stream(spec.seed, "heap", spec.family)
        tile = _tile(look, side * 0.42)
        for level in range(4):
            for _ in range(4):
                px, py = (
                    rng.uniform(-0.5, 0.5) * (1 - 0.12 * (3 - level)),
                    (level - 1.5) * 0.22 + rng.uniform(-0.06, 0.06),
                )
                place(canvas, tile, x + px * bw * 0.8, y + py * bh, 0.4)


def _tile(look: Design, side: float) -> Pixels:
    """The family's pictogram at a rounded side, so that few sizes are ever drawn."""
    return pictogram(look.pictogram, int(np.clip(8 * round(side / 8), 16, 512)), look.tint)
