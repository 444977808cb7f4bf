"""The printed front of a pack: background, brand name, flavour pictogram, texts and extras."""

from __future__ import annotations

import numpy as np

from store.artwork.design import Design, design_of
from store.artwork.extras import draw_extras, draw_size_banner
from store.artwork.layouts import LAYOUTS, WIDE, Box
from store.catalogue.product_spec import ProductSpec
from store.colours import WHITE, adjust, luma, mix, readable_ink
from store.graphics.panels import panel
from store.graphics.patterns import pattern
from store.graphics.pictograms import pictogram
from store.graphics.primitives import ellipse, fill_gradient, mean_colour, paint_mask, paste
from store.graphics.typography import arch_mask, fit_text, paint_outlined, rotate_mask, write_text
from store.random_streams import stream
from tillsight.domain.arrays import Pixels


def front(spec: ProductSpec, width: int, height: int) -> Pixels:
    """The front of a pack, uint8 [height, width, 3] RGB. The print is the same at every resolution."""
    design = design_of(spec)
    canvas = np.empty((height, width, 3), np.uint8)
    fill_gradient(canvas, mix(design.base, WHITE, 0.08), adjust(design.base, value=0.9))
    if design.pattern != "plain":
        pattern(canvas, design.pattern, mix(design.base, design.second, 0.16), design.pitch)
    wide = width > 1.5 * height
    boxes = WIDE if wide else LAYOUTS[design.layout](canvas, design)
    if wide:
        panel(canvas, "slant", 0.74 * width, 0.5 * height, 0.46 * width, height, design.second, None)
    _draw_picture(canvas, design, spec, boxes["picture"])
    _draw_brand(canvas, design, spec.brand, boxes["brand"])
    _draw_texts(canvas, design, spec, boxes)
    if not wide:
        draw_extras(canvas, design, spec, boxes["weight"])
    if spec.size_rank and design.has_size_banner:
        draw_size_banner(canvas, design, spec.size_rank)
    return canvas


def long_front(spec: ProductSpec, width: int, height: int) -> Pixels:
    """The front of a long narrow pack, uint8 [height, width, 3]; some families print it along the pack's length."""
    if height < 1.5 * width or not design_of(spec).print_along_length:
        return front(spec, width, height)
    return np.ascontiguousarray(np.rot90(front(spec, height, width)))


def _draw_brand(canvas: Pixels, design: Design, name: str, box: Box) -> None:
    """The brand name in its own lettering, on its panel or outlined."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    text = name.upper() if design.brand_uppercase else name
    if bh > 2.2 * bw:  # an upright box: the name runs upwards
        mask = rotate_mask(fit_text(text, design.brand_font, bh, bw, design.brand_stretch), 90.0)
    else:
        share = (1 - abs(design.brand_arch) * 0.6) * (1.0 if design.panel == "none" else 0.78)
        mask = fit_text(
            text, design.brand_font, bw * (1.0 if design.panel == "none" else 0.9), bh * share, design.brand_stretch
        )
        if design.brand_arch:
            mask = arch_mask(mask, design.brand_arch)
        if design.brand_tilt and design.panel in ("none", "slant"):
            mask = rotate_mask(mask, design.brand_tilt)
    if design.panel != "none":
        panel(
            canvas,
            design.panel,
            x,
            y,
            mask.shape[1] * 1.16 + bh * 0.2,
            mask.shape[0] * 1.45,
            design.brand_outline,
            design.brand_ink,
        )
        paint_mask(canvas, mask, x, y, design.brand_ink)
        return
    paint_outlined(
        canvas,
        mask,
        x,
        y,
        design.brand_ink,
        design.brand_outline,
        max(1.0, 0.05 * mask.shape[0]),
        drop=0.05 * mask.shape[0],
    )


def _draw_texts(canvas: Pixels, design: Design, spec: ProductSpec, boxes: dict[str, Box]) -> None:
    """The product's noun, its flavour on a coloured strip, its size, and a slogan."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = boxes["noun"]
    write_text(
        canvas,
        spec.noun,
        x * w,
        y * h,
        bw * w,
        bh * h,
        readable_ink(mean_colour(canvas, boxes["noun"]), design.brand_colour),
        design.noun_font,
    )
    x, y, bw, bh = boxes["flavour"]
    # the flavour's own colour, unless the strip would not stand out from what is below it
    strip = (
        design.flavour
        if abs(luma(mean_colour(canvas, boxes["flavour"])) - luma(design.flavour)) > 45
        else design.flavour_light
    )
    letters = fit_text(spec.flavour, design.flavour_font, bw * w, bh * h)
    panel(
        canvas,
        ("round", "slant", "block")[design.print_block % 3],
        x * w,
        y * h,
        letters.shape[1] + bh * h * 0.7,
        letters.shape[0] * 1.5,
        strip,
        None,
    )
    paint_mask(canvas, letters, x * w, y * h, readable_ink(strip))
    x, y, bw, bh = boxes["weight"]
    write_text(
        canvas, spec.size, x * w, y * h, bw * w, bh * h, readable_ink(mean_colour(canvas, boxes["weight"])), "sans-bold"
    )
    if design.slogan and "slogan" in boxes:
        x, y, bw, bh = boxes["slogan"]
        write_text(
            canvas,
            design.slogan,
            x * w,
            y * h,
            bw * w,
            bh * h,
            readable_ink(mean_colour(canvas, boxes["slogan"]), design.flavour),
            "times-italic",
        )


def _draw_picture(canvas: Pixels, design: Design, spec: ProductSpec, box: Box) -> None:
    """The flavour's pictogram inside a box: alone, as a pair, in a ring, in a row or in a heap."""
    h, w = canvas.shape[:2]
    x, y, bw, bh = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    side = min(bw, bh)
    if design.picture == "single" or side < 30:
        paste(canvas, _pictogram(design, side), x, y, 0.35)
    elif design.picture == "pair":
        paste(canvas, _pictogram(design, side * 0.72), x - bw * 0.16, y - bh * 0.08, 0.35)
        paste(canvas, _pictogram(design, side * 0.62), x + bw * 0.18, y + bh * 0.14, 0.35)
    elif design.picture == "row":
        tile = _pictogram(design, min(side, bw / 2.6))
        for i in (-1, 0, 1):
            paste(canvas, tile, x + i * tile.shape[1] * 0.86, y + abs(i) * side * 0.06, 0.35)
    elif design.picture == "ring":
        ellipse(canvas, x, y, side * 0.5, side * 0.5, mix(design.flavour_light, WHITE, 0.3))
        ellipse(canvas, x, y, side * 0.45, side * 0.45, design.flavour)
        paste(canvas, _pictogram(design, side * 0.7), x, y, 0.35)
    else:
        rng = stream(spec.seed, "heap", spec.family)
        tile = _pictogram(design, side * 0.42)
        for level in range(4):
            for _ in range(4):
                px, py = (
                    rng.uniform(-0.5, 0.5) * (1 - 0.12 * (3 - level)),
                    (level - 1.5) * 0.22 + rng.uniform(-0.06, 0.06),
                )
                paste(canvas, tile, x + px * bw * 0.8, y + py * bh, 0.4)


def _pictogram(design: Design, side: float) -> Pixels:
    """The design's pictogram; its side is rounded to 8 pixels so that the cache holds few sizes."""
    return pictogram(design.pictogram, int(np.clip(8 * round(side / 8), 16, 512)), design.tint)
