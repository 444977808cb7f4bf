"""Printed elements of packs and receipts: badges, barcodes, running text, nutrition values. All draw in place."""

from __future__ import annotations

import cv2
import numpy as np

from store.colours import BLACK, WHITE, Colour, mix, readable_ink
from store.graphics.panels import panel
from store.graphics.primitives import ellipse, paint_mask, polygon
from store.graphics.typography import fit_text, rotate_mask, write_text
from tillsight.domain.arrays import Pixels


def draw_badge(canvas: Pixels, text: str, x: float, y: float, radius: float, colour: Colour, points: int) -> None:
    """A star with `points` points (a disc for 0) of `radius` pixels at (x, y), with a slanted word on it."""
    if points:
        a = np.arange(2 * points) * np.pi / points
        reach = np.where(np.arange(2 * points) % 2 == 0, radius, radius * 0.82)
        polygon(canvas, np.stack([x + reach * np.cos(a), y + reach * np.sin(a)], 1), colour)
    else:
        ellipse(canvas, x, y, radius, radius, colour)
        ellipse(canvas, x, y, radius * 0.88, radius * 0.88, mix(colour, WHITE, 0.15))
    word = rotate_mask(fit_text(text, "sans-bold", radius * 1.35, radius * 0.95), 12.0)
    paint_mask(canvas, word, x, y, readable_ink(colour))


def draw_barcode(canvas: Pixels, x: float, y: float, w: float, h: float, code: int) -> None:
    """A white field of w x h pixels with its upper left corner at (x, y), with bars that `code` seeds."""
    x0, y0, w0, h0 = int(x), int(y), max(12, int(w)), max(6, int(h))
    bits = np.random.default_rng(code).integers(0, 2, 48)
    bits[:3] = bits[-3:] = (1, 0, 1)  # the guard bars of EAN-13
    bars = np.where(np.repeat(bits, 4) > 0, 20, 250).astype(np.uint8)
    strip = cv2.resize(bars[None, :], (int(w0 * 0.86), int(h0 * 0.74)), interpolation=cv2.INTER_AREA)
    background = np.full((h0, w0), 250, np.uint8)
    top, left = int(h0 * 0.08), int(w0 * 0.07)
    background[top : top + strip.shape[0], left : left + strip.shape[1]] = strip
    part = canvas[max(0, y0) : y0 + h0, max(0, x0) : x0 + w0]
    part[:] = background[: part.shape[0], : part.shape[1], None]
    write_text(
        canvas,
        f"4 {code % 1000000:06d} {code // 7 % 1000000:06d}",
        x0 + w0 / 2,
        y0 + h0 * 0.9,
        w0 * 0.8,
        h0 * 0.14,
        BLACK,
        "sans",
    )


_PARAGRAPHS = (
    "Ingredients: wheat flour, sugar,\nvegetable oil, salt, raising agent,\nmilk powder, natural flavouring.",
    "Keep cool and dry. Once opened\nconsume within three days.\nBest before: see lid.",
    "Made in the mountains after\nan old family recipe, without\nartificial colours.",
    "Shake well before use.\nPacked under protective\natmosphere. Recycle me.",
)


def draw_small_print(canvas: Pixels, x: float, y: float, w: float, h: float, ink: Colour, which: int) -> None:
    """A few lines of running text centred at (x, y), as large as fits w x h pixels; `which` selects the text."""
    write_text(canvas, _PARAGRAPHS[which % len(_PARAGRAPHS)], x, y, w, h, ink, "sans")


def draw_nutrition(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour, seed: int) -> None:
    """Four nutrition values in rounded boxes, w x h pixels in all, centred at (x, y); `seed` draws the values."""
    values = np.random.default_rng(seed).integers(1, 48, 4)
    for i, (name, value) in enumerate(zip(("kcal", "fat", "sug", "salt"), values, strict=True)):
        cx = x + (i - 1.5) * w / 4
        panel(canvas, "round", cx, y, w / 4 * 0.86, h, WHITE, colour)
        write_text(canvas, f"{name}\n{value}%", cx, y, w / 4 * 0.62, h * 0.74, BLACK, "sans-bold")
