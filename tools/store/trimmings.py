"""What printers put on packs besides names: badges, barcodes, running text, guideline amounts."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.colours import BLACK, WHITE, Colour, ink_on, luma, mix
from store.decor import ground_at, oval, polygon
from store.design import Design
from store.panels import panel
from store.spec import ProductSpec
from store.typography import fitted, stamp, turned, write

Pixels = npt.NDArray[np.uint8]


def badge(canvas: Pixels, text: str, x: float, y: float, radius: float, colour: Colour, points: int) -> None:
    """A star-burst (or a disc, where points is 0) with a slanted word in it."""
    if points:
        a = np.arange(2 * points) * np.pi / points
        reach = np.where(np.arange(2 * points) % 2 == 0, radius, radius * 0.82)
        polygon(canvas, np.stack([x + reach * np.cos(a), y + reach * np.sin(a)], 1), colour)
    else:
        oval(canvas, x, y, radius, radius, colour)
        oval(canvas, x, y, radius * 0.88, radius * 0.88, mix(colour, WHITE, 0.15))
    word = turned(fitted(text, "sans-bold", radius * 1.35, radius * 0.95), 12.0)
    stamp(canvas, word, x, y, ink_on(colour))


def barcode(canvas: Pixels, x: float, y: float, w: float, h: float, code: int) -> None:
    """Bars for a number on a white field whose upper left corner is (x, y), all in pixels."""
    x0, y0, w0, h0 = int(x), int(y), max(12, int(w)), max(6, int(h))
    bits = np.random.default_rng(code).integers(0, 2, 48)
    bits[:3] = bits[-3:] = (1, 0, 1)
    bars = np.where(np.repeat(bits, 4) > 0, 20, 250).astype(np.uint8)
    strip = cv2.resize(bars[None, :], (int(w0 * 0.86), int(h0 * 0.74)), interpolation=cv2.INTER_AREA)
    field = np.full((h0, w0), 250, np.uint8)
    top, left = int(h0 * 0.08), int(w0 * 0.07)
    field[top : top + strip.shape[0], left : left + strip.shape[1]] = strip
    part = canvas[max(0, y0) : y0 + h0, max(0, x0) : x0 + w0]
    part[:] = field[: part.shape[0], : part.shape[1], None]
    write(
        canvas,
        f"4 {code % 1000000:06d} {code // 7 % 1000000:06d}",
        x0 + w0 / 2,
        y0 + h0 * 0.9,
        w0 * 0.8,
        h0 * 0.14,
        BLACK,
        "sans",
    )


_SENTENCES = (
    "Ingredients: wheat flour, sugar,\nvegetable oil, salt, raising agent,\nmilk powder, natural flavouring.",
    "Keep cool and dry. Once opened\nconsume within three days.\nBest before: see lid.",
    "Made in the mountains after\nan old family recipe, without\nartificial colours.",
    "Shake well before use.\nPacked under protective\natmosphere. Recycle me.",
)


def small_print(canvas: Pixels, x: float, y: float, w: float, h: float, ink: Colour, which: int) -> None:
    """A few lines of running text centred at (x, y)."""
    write(canvas, _SENTENCES[which % len(_SENTENCES)], x, y, w, h, ink, "sans")


def nutrition(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour, seed: int) -> None:
    """A row of guideline-amount pills, as printed on pack fronts; (x, y) is its centre."""
    values = np.random.default_rng(seed).integers(1, 48, 4)
    for i, (name, value) in enumerate(zip(("kcal", "fat", "sug", "salt"), values, strict=True)):
        cx = x + (i - 1.5) * w / 4
        panel(canvas, "round", cx, y, w / 4 * 0.86, h, WHITE, colour)
        write(canvas, f"{name}\n{value}%", cx, y, w / 4 * 0.62, h * 0.74, BLACK, "sans-bold")


def size_flash(canvas: Pixels, look: Design, rank: int) -> None:
    """A corner band that says the pack is the larger one."""
    h, w = canvas.shape[:2]
    reach = 0.36 * min(w, h)
    polygon(canvas, [(w - reach, 0), (w - 0.55 * reach, 0), (w, 0.55 * reach), (w, reach)], look.flavour_light)
    text = turned(fitted(("MAXI", "FAMILY")[min(rank, 2) - 1], "sans-bold", 0.6 * reach, 0.16 * reach), -45.0)
    stamp(canvas, text, w - 0.39 * reach, 0.39 * reach, ink_on(look.flavour_light))


def extras(canvas: Pixels, look: Design, spec: ProductSpec, weight: tuple[float, float, float, float]) -> None:
    """Badge, and beside the weight small print, guideline amounts or a barcode, as the family has them."""
    h, w = canvas.shape[:2]
    if look.badge:
        badge(
            canvas,
            look.badge,
            w * (0.15 if look.badge_left else 0.85),
            h * (0.52 + 0.05 * look.shift[0]),
            0.125 * min(w, h * 1.1),
            (236, 60, 40) if luma(look.base) > 110 else (250, 214, 60),
            look.badge_points,
        )
    left, right = weight[0] - weight[2] / 2, weight[0] + weight[2] / 2
    start, stop = (0.04, left - 0.03) if left > 1 - right else (right + 0.03, 0.96)
    room, x = stop - start, (start + stop) / 2
    if look.print_block == 1:
        nutrition(
            canvas,
            x * w,
            0.945 * h,
            min(0.5, room) * w,
            min(0.055 * h, 0.22 * room * w),
            look.brand_colour,
            spec.family,
        )
    elif look.print_block == 2:
        barcode(
            canvas, (x - min(0.15, room / 2)) * w, 0.88 * h, min(0.3, room) * w, 0.09 * h, 1000003 * (spec.label + 1)
        )
    elif look.print_block in (3, 4):
        small_print(
            canvas, x * w, 0.94 * h, room * w, 0.07 * h, ink_on(ground_at(canvas, (x, 0.94, room, 0.07))), spec.family
        )
