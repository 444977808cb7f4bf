"""RGB colours as triples of 0..255 integers."""

from __future__ import annotations

import colorsys

Colour = tuple[int, int, int]

WHITE: Colour = (250, 250, 248)
CREAM: Colour = (250, 243, 224)
BLACK: Colour = (24, 22, 24)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue (1 = a full turn; wraps), saturation and value (0..1, clipped)."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, min(1.0, max(0.0, saturation)), min(1.0, max(0.0, value)))
    return int(r * 255), int(g * 255), int(b * 255)


def adjust(colour: Colour, hue: float = 0.0, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """The colour with its hue shifted (1 = a full turn) and its saturation and value multiplied."""
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in colour))
    return hsv(h + hue, s * saturation, v * value)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that is `share` (0..1) of the way from `a` to `b` in each channel."""
    r, g, bl = (int(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, bl


def luma(colour: Colour) -> float:
    """Luma after ITU-R BT.601, 0..255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def readable_ink(background: Colour, tint: Colour | None = None) -> Colour:
    """A text colour with contrast to `background`: near white on dark, near black (mixed with `tint`) on light."""
    if luma(background) < 150:
        return WHITE
    return mix(BLACK, tint, 0.25) if tint is not None else BLACK
