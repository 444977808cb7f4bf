"""Panels behind words: ellipse, ribbon, shield, slant, rounded and plain rectangle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from store.colours import Colour, adjust
from store.graphics.primitives import ellipse, polygon, rectangle
from tillsight.domain.arrays import Pixels

Shape = Callable[[Pixels, float, float, float, float, Colour], None]
"""Draws (canvas, centre x, centre y, width, height, colour) in place; pixels."""


def panel(
    canvas: Pixels, shape: str, x: float, y: float, w: float, h: float, colour: Colour, border_colour: Colour | None
) -> None:
    """A panel of w x h pixels centred at (x, y), with a border in `border_colour` if given. "none" paints nothing."""
    if border_colour is not None:
        border_width = max(1.5, 0.06 * h)
        panel(canvas, shape, x, y, w + 2 * border_width, h + 2 * border_width, border_colour, None)
    if shape != "none":
        _SHAPES[shape](canvas, x, y, w, h, colour)


def _ellipse(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    ellipse(canvas, x, y, w / 2, h / 2, colour)


def _ribbon(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    dark, tail = adjust(colour, value=0.6), np.array([(-0.12, -0.2), (0.08, -0.2), (0, 0), (0.08, 0.8), (-0.12, 0.8)])
    for side in (-1, 1):
        polygon(canvas, tail * [side * w, h] + [x + side * w / 2, y], dark)
    rectangle(canvas, x, y, w, h, colour)


def _shield(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.2), (0.25, 0.5), (0, 0.68), (-0.25, 0.5), (-0.5, 0.2)]
    polygon(canvas, np.array(corners) * [w, h] + [x, y], colour)


def _slant(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    edges = [
        (-w / 2 + 0.3 * h, -h / 2),
        (w / 2 + 0.05 * h, -h / 2),
        (w / 2 - 0.3 * h, h / 2),
        (-w / 2 - 0.05 * h, h / 2),
    ]
    polygon(canvas, np.add(edges, (x, y)), colour)


def _round(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    r = min(h, w) * 0.35
    rectangle(canvas, x, y, w - 2 * r, h, colour)
    rectangle(canvas, x, y, w, h - 2 * r, colour)
    for side in (-1, 1):
        for end in (-1, 1):
            ellipse(canvas, x + side * (w / 2 - r), y + end * (h / 2 - r), r, r, colour)


_SHAPES: dict[str, Shape] = {
    "oval": _ellipse,
    "ribbon": _ribbon,
    "shield": _shield,
    "slant": _slant,
    "round": _round,
    "block": rectangle,
}
PANELS = ("none", "none", *_SHAPES)
