"""The printed front of a pack, flat: grounds, brand, flavour picture, names, weight, badges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from store.assortment import ProductSpec
from store.colours import WHITE, Colour, ink_on, luma, mix, turn
from store.decor import badge, barcode, gradient, nutrition, oval, panel, pattern, polygon, small_print
from store.design import Design, design_of
from store.pictograms import pictogram, place
from store.seeding import stream
from store.typography import arched, fitted, outlined, stamp, turned, write

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]  # centre x, centre y, width, height; shares of the front


def front(spec: ProductSpec, width: int, height: int) -> Pixels:
    """The front of a pack, uint8 [height, width, 3] RGB, the same for any size but for sharpness."""
    look = design_of(spec)
    canvas = np.empty((height, width, 3), np.uint8)
    gradient(canvas, mix(look.base, WHITE, 0.08), turn(look.base, value=0.9))
    if look.pattern != "plain":
        pattern(canvas, look.pattern, mix(look.base, look.second, 0.16), look.pitch)
    wide = width > 1.5 * height
    places = _WIDE if wide else LAYOUTS[look.layout](canvas, look)
    if wide:
        panel(canvas, "slant", 0.74 * width, 0.5 * height, 0.46 * width, height, look.second, None)
    picture(canvas, look, spec, places["picture"])
    brand(canvas, look, spec.brand, places["brand"])
    words(canvas, look, spec, places)
    extras(canvas, look, spec, wide)
    return canvas


_WIDE: dict[str, Box] = {"brand": (.3, .4, .5, .46), "picture": (.76, .5, .3, .84), "noun": (.3, .76, .36, .17),
                         "flavour": (.3, .93, .4, .13), "weight": (.93, .9, .12, .12)}


def _ground_at(canvas: Pixels, box: Box) -> Colour:
    """Mean colour under a box, so that ink can be chosen to be read on it."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box
    part = canvas[max(0, int((y - bh / 2) * h)):int((y + bh / 2) * h) + 1:3, max(0, int((x - bw / 2) * w)):int((x + bw / 2) * w) + 1:3]
    if part.size == 0:
        return WHITE
    r, g, b = (int(v) for v in part.reshape(-1, 3).mean(0))
    return r, g, b


def brand(canvas: Pixels, look: Design, name: str, box: Box) -> None:
    """The brand's name in its own letters, on its panel or outlined."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    text = name.upper() if look.brand_upper else name
    if bh > 2.2 * bw:
        mask = turned(fitted(text, look.brand_font, bh, bw, look.brand_stretch), 90.0)
    else:
        mask = fitted(text, look.brand_font, bw, bh * (1 - abs(look.brand_rise) * 0.6), look.brand_stretch)
        if look.brand_rise:
            mask = arched(mask, look.brand_rise)
        if look.brand_tilt and look.panel in ("none", "slant"):
            mask = turned(mask, look.brand_tilt)
    if look.panel != "none":
        ground = look.brand_edge
        panel(canvas, look.panel, x, y, mask.shape[1] * 1.16 + bh * 0.2, mask.shape[0] * 1.45, ground, look.brand_ink)
        stamp(canvas, mask, x, y, look.brand_ink)
        return
    outlined(canvas, mask, x, y, look.brand_ink, look.brand_edge, max(1.0, 0.05 * mask.shape[0]), drop=0.05 * mask.shape[0])


def words(canvas: Pixels, look: Design, spec: ProductSpec, places: dict[str, Box]) -> None:
    """What the product is, its flavour on a flavour-coloured strip, its weight, and a claim."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = places["noun"]
    write(canvas, spec.noun, x * w, y * h, bw * w, bh * h, ink_on(_ground_at(canvas, places["noun"]), look.brand_colour), look.noun_font)
    x, y, bw, bh = places["flavour"]
    strip = look.flavour if abs(luma(_ground_at(canvas, places["flavour"])) - luma(look.flavour)) > 45 else look.flavour_light
    letters = fitted(spec.flavour, look.flavour_font, bw * w, bh * h)
    panel(canvas, ("round", "slant", "block")[look.print_block % 3], x * w, y * h, letters.shape[1] + bh * h * 0.7, letters.shape[0] * 1.5, strip, None)
    stamp(canvas, letters, x * w, y * h, ink_on(strip))
    x, y, bw, bh = places["weight"]
    write(canvas, spec.size, x * w, y * h, bw * w, bh * h, ink_on(_ground_at(canvas, places["weight"])), "sans-bold")
    if look.claim and "claim" in places:
        x, y, bw, bh = places["claim"]
        write(canvas, look.claim, x * w, y * h, bw * w, bh * h, ink_on(_ground_at(canvas, places["claim"]), look.flavour), "times-italic")


def picture(canvas: Pixels, look: Design, spec: ProductSpec, box: Box) -> None:
    """The flavour's picture inside a box: alone, in pairs, in a ring, a row or a heap."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    side = min(bw, bh)
    if look.picture == "single" or side < 30:
        place(canvas, _tile(look.pictogram, side), x, y, 0.35)
    elif look.picture == "pair":
        place(canvas, _tile(look.pictogram, side * 0.72), x - bw * 0.16, y - bh * 0.08, 0.35)
        place(canvas, _tile(look.pictogram, side * 0.62), x + bw * 0.18, y + bh * 0.14, 0.35)
    elif look.picture == "row":
        tile = _tile(look.pictogram, min(side, bw / 2.6))
        for i in (-1, 0, 1):
            place(canvas, tile, x + i * tile.shape[1] * 0.86, y + abs(i) * side * 0.06, 0.35)
    elif look.picture == "ring":
        oval(canvas, x, y, side * 0.5, side * 0.5, mix(look.flavour_light, WHITE, 0.3))
        oval(canvas, x, y, side * 0.45, side * 0.45, look.flavour)
        place(canvas, _tile(look.pictogram, side * 0.7), x, y, 0.35)
    else:
        rng = stream(spec.seed, "heap", spec.family)
        tile = _tile(look.pictogram, side * 0.42)
        for level in range(4):
            for _ in range(4):
                px, py = rng.uniform(-0.5, 0.5) * (1 - 0.12 * (3 - level)), (level - 1.5) * 0.22 + rng.uniform(-0.06, 0.06)
                place(canvas, tile, x + px * bw * 0.8, y + py * bh, 0.4)


def _tile(name: str, side: float) -> Pixels:
    """A pictogram at a rounded-up side, so that few sizes are ever drawn."""
    return pictogram(name, int(np.clip(8 * round(side / 8), 16, 512)))


def extras(canvas: Pixels, look: Design, spec: ProductSpec, wide: bool) -> None:
    """Badge, small print, guideline amounts or a barcode, as the family has them."""
    h, w = canvas.shape[:2]
    if look.badge and not wide:
        radius = 0.13 * min(w, h * 1.1)
        badge(canvas, look.badge, w * (0.17 if look.badge_left else 0.83), h * (0.43 + 0.06 * look.shift[0]), radius,
              (236, 60, 40) if luma(look.base) > 110 else (250, 214, 60), look.badge_points)
    if look.print_block == 1 and not wide:
        nutrition(canvas, 0.3 * w, 0.945 * h, 0.5 * w, 0.055 * h, look.brand_colour, spec.family)
    elif look.print_block == 2 and not wide:
        barcode(canvas, 0.05 * w, 0.87 * h, 0.3 * w, 0.1 * h, 1000003 * (spec.label + 1))
    elif look.print_block in (3, 4) and not wide:
        small_print(canvas, 0.28 * w, 0.94 * h, 0.42 * w, 0.07 * h, ink_on(_ground_at(canvas, (.28, .94, .42, .07))), spec.family)


def _band(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0.08 * h), (w, 0.08 * h), (w, 0.34 * h), (0, 0.34 * h)], look.brand_colour)
    polygon(canvas, [(0, 0.34 * h), (w, 0.34 * h), (w, 0.36 * h), (0, 0.36 * h)], look.second)
    return {"brand": (.5, .21, .84, .19), "noun": (.5, .42, .7, .075), "picture": (.5, .64, .8, .32), "flavour": (.5, .85, .7, .055),
            "weight": (.8, .94, .28, .05), "claim": (.5, .045, .6, .04)}


def _split(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 24)
    edge = (0.47 + 0.04 * look.shift[0] + 0.05 * np.sin(x / w * np.pi) * look.shift[1]) * h
    polygon(canvas, np.concatenate([np.stack([x, edge], 1), [[w, h], [0, h]]]), look.second)
    return {"brand": (.5, .17, .86, .2), "noun": (.5, .33, .72, .08), "flavour": (.5, .44, .66, .055), "picture": (.5, .67, .84, .36),
            "weight": (.8, .93, .3, .055), "claim": (.5, .045, .6, .035)}


def _frame(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    rim = 0.06 * w
    panel(canvas, "block", w / 2, h / 2, w - 2 * rim, h - 2 * rim, mix(look.second, WHITE, 0.86), look.brand_colour)
    return {"brand": (.5, .2, .74, .18), "claim": (.5, .34, .56, .04), "picture": (.5, .53, .64, .3), "noun": (.5, .74, .66, .075),
            "flavour": (.5, .83, .6, .05), "weight": (.76, .91, .24, .045)}


def _stripe(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    a, b = (0.2 + 0.05 * look.shift[0]) * w, (0.8 + 0.05 * look.shift[1]) * w
    polygon(canvas, [(a, 0), (b, 0), (b, h), (a, h)], look.second)
    polygon(canvas, [(a - 0.04 * w, 0), (a - 0.02 * w, 0), (a - 0.02 * w, h), (a - 0.04 * w, h)], look.second)
    return {"brand": (.5, .24, .88, .22), "noun": (.5, .42, .56, .07), "picture": (.5, .62, .6, .28), "flavour": (.5, .83, .62, .055), "weight": (.5, .93, .3, .05)}


def _minimal(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0.93 * h), (w, 0.93 * h), (w, h), (0, h)], look.flavour)
    return {"brand": (.5, .14, .6, .12), "picture": (.5, .43, .7, .38), "noun": (.5, .7, .8, .1), "flavour": (.5, .82, .7, .06),
            "weight": (.8, .89, .3, .045), "claim": (.4, .89, .4, .03)}


def _pile(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    oval(canvas, w * 0.5, h * 0.98, w * 0.72, h * 0.4, look.second)
    return {"brand": (.5, .15, .88, .19), "noun": (.5, .31, .74, .085), "flavour": (.5, .42, .66, .06), "picture": (.5, .68, .92, .42), "weight": (.8, .94, .3, .055)}


def _wave(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 30)
    for depth, colour in ((0.52, mix(look.second, look.base, 0.5)), (0.58, look.second), (0.88, look.brand_colour)):
        edge = (depth + 0.04 * np.sin(x / w * 5 + 2 * look.shift[0] + depth * 4)) * h
        polygon(canvas, np.concatenate([np.stack([x, edge], 1), [[w, h], [0, h]]]), colour)
    return {"brand": (.5, .17, .86, .2), "noun": (.5, .34, .7, .08), "flavour": (.5, .45, .62, .055), "picture": (.5, .7, .7, .32), "weight": (.78, .94, .3, .05)}


def _sidebar(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0), (0.3 * w, 0), (0.3 * w, h), (0, h)], look.brand_colour)
    return {"brand": (.15, .48, .2, .86), "noun": (.65, .14, .6, .1), "flavour": (.65, .25, .54, .055), "picture": (.65, .56, .64, .42),
            "weight": (.8, .92, .3, .055), "claim": (.65, .82, .5, .04)}


def _medallion(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    radius = 0.43 * min(w, h)
    oval(canvas, w / 2, h * 0.47, radius * 1.06, radius * 1.06, look.brand_colour)
    oval(canvas, w / 2, h * 0.47, radius, radius, mix(look.second, WHITE, 0.2))
    return {"brand": (.5, .3, .8, .16), "picture": (.5, .52, .5, .24), "noun": (.5, .69, .6, .07), "flavour": (.5, .84, .76, .065), "weight": (.5, .94, .3, .05), "claim": (.5, .08, .6, .045)}


def _diagonal(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    cut = 0.12 * look.shift[0]
    polygon(canvas, [(0, (0.62 + cut) * h), (w, (0.34 - cut) * h), (w, h), (0, h)], look.second)
    polygon(canvas, [(0, (0.60 + cut) * h), (w, (0.32 - cut) * h), (w, (0.34 - cut) * h), (0, (0.62 + cut) * h)], look.brand_colour)
    return {"brand": (.5, .16, .86, .2), "noun": (.36, .33, .56, .075), "picture": (.6, .6, .66, .36), "flavour": (.5, .83, .7, .06), "weight": (.22, .93, .3, .055)}


LAYOUTS: dict[str, Callable[[Pixels, Design], dict[str, Box]]] = {
    "band": _band, "split": _split, "frame": _frame, "stripe": _stripe, "minimal": _minimal, "pile": _pile,
    "wave": _wave, "sidebar": _sidebar, "medallion": _medallion, "diagonal": _diagonal,
}
