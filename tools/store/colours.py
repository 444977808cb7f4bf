"""RGB colours as triples of 0..255 integers."""

from __future__ import annotations

import colorsys

Colour = tuple[int, int, int]

WHITE: Colour = (250, 250, 248)
CREAM: Colour = (250, 243, 224)
BLACK: Colour = (24, 22, 24)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Hue in turns (wraps), saturation and value in 0..1 (clipped)."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, min(1.0, max(0.0, saturation)), min(1.0, max(0.0, value)))
    return int(r * 255), int(g * 255), int(b * 255)


def turn(colour: Colour, hue: float = 0.0, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """The colour with its hue shifted (turns) and its saturation and value multiplied."""
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in colour))
    return hsv(h + hue, s * saturation, v * value)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of b in a, per channel."""
    r, g, bl = (int(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, bl


def luma(colour: Colour) -> float:
    """Rec. 601 luma, 0..255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def ink_on(ground: Colour, tint: Colour | None = None) -> Colour:
    """A readable ink for a ground: near white on dark, near black (or a dark tint) on light."""
    if luma(ground) < 150:
        return WHITE
    return mix(BLACK, tint, 0.25) if tint is not None else BLACK
