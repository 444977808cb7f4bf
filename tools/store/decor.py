"""What printers put on packs besides words: grounds, patterns, panels, badges, barcodes, tables."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.colours import BLACK, WHITE, Colour, ink_on, mix, turn
from store.typography import fitted, stamp, turned, write

Pixels = npt.NDArray[np.uint8]
_SUB = 4  # fractional bits of polygon corners


def polygon(canvas: Pixels, points: npt.ArrayLike, colour: Colour) -> None:
    """Fill a polygon given in pixels, edges smoothed."""
    corners = (np.asarray(points, np.float64).reshape(-1, 1, 2) * (1 << _SUB)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], colour, lineType=cv2.LINE_AA, shift=_SUB)


def oval(canvas: Pixels, x: float, y: float, rx: float, ry: float, colour: Colour, degrees: float = 0.0) -> None:
    """Fill an ellipse, edges smoothed."""
    cv2.ellipse(canvas, (int(x * 16), int(y * 16)), (int(rx * 16), int(ry * 16)), degrees, 0, 360, colour, -1,
                cv2.LINE_AA, shift=_SUB)


def gradient(canvas: Pixels, top: Colour, bottom: Colour, y0: float = 0.0, y1: float = 1.0) -> None:
    """Fill rows y0..y1 (shares of the height) with a vertical gradient."""
    a, b = int(y0 * canvas.shape[0]), int(y1 * canvas.shape[0])
    ramp = np.linspace(0, 1, max(1, b - a), dtype=np.float32)[:, None]
    rows = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp
    canvas[a:b] = rows.astype(np.uint8)[:b - a, None, :]


def pattern(canvas: Pixels, kind: str, colour: Colour, pitch: float) -> None:
    """Cover the canvas with stripes, dots, rays, checks or waves; `pitch` is in shares of the width."""
    h, w = canvas.shape[:2]
    step = max(4.0, pitch * w)
    if kind == "stripes":
        for x in np.arange(0, w, step):
            polygon(canvas, [(x, 0), (x + step / 2, 0), (x + step / 2, h), (x, h)], colour)
    elif kind == "diagonal":
        for x in np.arange(-h, w, step * 1.3):
            polygon(canvas, [(x, h), (x + step / 2, h), (x + step / 2 + h, 0), (x + h, 0)], colour)
    elif kind == "dots":
        for row, y in enumerate(np.arange(0, h + step, step)):
            for x in np.arange((row % 2) * step / 2, w + step, step):
                oval(canvas, x, y, step * 0.2, step * 0.2, colour)
    elif kind == "rays":
        angles = np.arange(0, 2 * np.pi, np.pi / 12)
        for a in angles[::2]:
            far, cx, cy = 2.0 * max(h, w), w / 2, h * 0.55
            polygon(canvas, [(cx, cy), (cx + far * np.cos(a), cy + far * np.sin(a)),
                             (cx + far * np.cos(a + np.pi / 12), cy + far * np.sin(a + np.pi / 12))], colour)
    elif kind == "checks":
        for row, y in enumerate(np.arange(0, h, step / 2)):
            for x in np.arange((row % 2) * step / 2, w, step):
                polygon(canvas, [(x, y), (x + step / 2, y), (x + step / 2, y + step / 2), (x, y + step / 2)], colour)
    elif kind == "waves":
        x = np.linspace(0, w, 40)
        for y in np.arange(0, h + step, step):
            crest = y + step * 0.25 * np.sin(x / step * 3)
            strip = np.concatenate([np.stack([x, crest], 1), np.stack([x, crest + step * 0.3], 1)[::-1]])
            polygon(canvas, strip, colour)


PATTERNS = ("plain", "plain", "plain", "stripes", "diagonal", "dots", "rays", "checks", "waves")


def panel(canvas: Pixels, shape: str, x: float, y: float, w: float, h: float, colour: Colour, rim: Colour | None) -> None:
    """A ground for the brand name, centred at (x, y), with an optional rim."""
    if rim is not None:
        border = max(1.5, 0.06 * h)
        panel(canvas, shape, x, y, w + 2 * border, h + 2 * border, rim, None)
    l, r, t, b = x - w / 2, x + w / 2, y - h / 2, y + h / 2
    if shape == "oval":
        oval(canvas, x, y, w / 2, h / 2, colour)
    elif shape == "ribbon":
        dark, notch = turn(colour, value=0.6), h * 0.3
        for side in (-1, 1):
            edge = x + side * w / 2
            polygon(canvas, [(edge - side * w * 0.12, t + notch), (edge + side * w * 0.08, t + notch), (edge, y + notch),
                             (edge + side * w * 0.08, b + notch), (edge - side * w * 0.12, b + notch)], dark)
        polygon(canvas, [(l, t), (r, t), (r, b), (l, b)], colour)
    elif shape == "shield":
        polygon(canvas, [(l, t), (r, t), (r, y + h * 0.2), (x + w * 0.25, b), (x, b + h * 0.18), (x - w * 0.25, b), (l, y + h * 0.2)], colour)
    elif shape == "slant":
        polygon(canvas, [(l + h * 0.3, t), (r + h * 0.05, t), (r - h * 0.3, b), (l - h * 0.05, b)], colour)
    elif shape == "round":
        radius = min(h, w) * 0.35
        polygon(canvas, [(l + radius, t), (r - radius, t), (r - radius, b), (l + radius, b)], colour)
        polygon(canvas, [(l, t + radius), (r, t + radius), (r, b - radius), (l, b - radius)], colour)
        for cx in (l + radius, r - radius):
            for cy in (t + radius, b - radius):
                oval(canvas, cx, cy, radius, radius, colour)
    elif shape == "block":
        polygon(canvas, [(l, t), (r, t), (r, b), (l, b)], colour)


PANELS = ("none", "none", "oval", "ribbon", "shield", "slant", "round", "block")


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
    field[top:top + strip.shape[0], left:left + strip.shape[1]] = strip
    part = canvas[max(0, y0):y0 + h0, max(0, x0):x0 + w0]
    part[:] = field[:part.shape[0], :part.shape[1], None]
    write(canvas, f"4 {code % 1000000:06d} {code // 7 % 1000000:06d}", x0 + w0 / 2, y0 + h0 * 0.9, w0 * 0.8, h0 * 0.14, BLACK, "sans")


_SENTENCES = ("Ingredients: wheat flour, sugar,\nvegetable oil, salt, raising agent,\nmilk powder, natural flavouring.",
              "Keep cool and dry. Once opened\nconsume within three days.\nBest before: see lid.",
              "Made in the mountains after\nan old family recipe, without\nartificial colours.",
              "Shake well before use.\nPacked under protective\natmosphere. Recycle me.")


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
