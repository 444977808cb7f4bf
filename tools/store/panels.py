"""Grounds for words: ovals, ribbons, shields, slants; and all-over patterns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from store.colours import Colour, turn
from store.decor import oval, polygon

Pixels = npt.NDArray[np.uint8]
Shape = Callable[[Pixels, float, float, float, float, Colour], None]  # canvas, centre x, y, width, height, colour


def panel(
    canvas: Pixels, shape: str, x: float, y: float, w: float, h: float, colour: Colour, rim: Colour | None
) -> None:
    """A ground of a shape centred at (x, y), w x h pixels, with an optional rim around it."""
    if rim is not None:
        border = max(1.5, 0.06 * h)
        panel(canvas, shape, x, y, w + 2 * border, h + 2 * border, rim, None)
    if shape != "none":
        _SHAPES[shape](canvas, x, y, w, h, colour)


def _oval(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    oval(canvas, x, y, w / 2, h / 2, colour)


def _block(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    polygon(canvas, np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * [w / 2, h / 2] + [x, y], colour)


def _ribbon(canvas: Pixels, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    dark, tail = turn(colour, value=0.6), np.array([(-0.12, -0.2), (0.08, -0.2), (0, 0), (0.08, 0.8), (-0.12, 0.8)])
    for side in (-1, 1):
        polygon(canvas, tail * [side * w, h] + [x + side * w / 2, y], dark)
    _block(canvas, x, y, w, h, colour)


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
    _block(canvas, x, y, w - 2 * r, h, colour)
    _block(canvas, x, y, w, h - 2 * r, colour)
    for side in (-1, 1):
        for end in (-1, 1):
            oval(canvas, x + side * (w / 2 - r), y + end * (h / 2 - r), r, r, colour)


_SHAPES: dict[str, Shape] = {
    "oval": _oval,
    "ribbon": _ribbon,
    "shield": _shield,
    "slant": _slant,
    "round": _round,
    "block": _block,
}
PANELS = ("none", "none", *_SHAPES)


def pattern(canvas: Pixels, kind: str, colour: Colour, pitch: float) -> None:
    """Cover the canvas with a pattern; `pitch` is in shares of the width. "plain" paints nothing."""
    if kind != "plain":
        _PATTERNS[kind](canvas, max(4.0, pitch * canvas.shape[1]), colour)


def _stripes(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for x in np.arange(0, w, step):
        _block(canvas, x + step / 4, h / 2, step / 2, h, colour)


def _diagonal(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for x in np.arange(-h, w, step * 1.3):
        polygon(canvas, [(x, h), (x + step / 2, h), (x + step / 2 + h, 0), (x + h, 0)], colour)


def _dots(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for row, y in enumerate(np.arange(0, h + step, step)):
        for x in np.arange((row % 2) * step / 2, w + step, step):
            oval(canvas, x, y, step * 0.2, step * 0.2, colour)


def _rays(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    centre, reach = np.array([w / 2, h * 0.55]), 2.0 * max(h, w)
    for a in np.arange(0, 2 * np.pi, np.pi / 6):
        edges = [(0, 0), (np.cos(a), np.sin(a)), (np.cos(a + np.pi / 12), np.sin(a + np.pi / 12))]
        polygon(canvas, np.array(edges) * reach + centre, colour)


def _checks(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for row, y in enumerate(np.arange(0, h, step / 2)):
        for x in np.arange((row % 2) * step / 2, w, step):
            _block(canvas, x + step / 4, y + step / 4, step / 2, step / 2, colour)


def _waves(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 40)
    for y in np.arange(0, h + step, step):
        crest = np.stack([x, y + step * 0.25 * np.sin(x / step * 3)], 1)
        polygon(canvas, np.concatenate([crest, np.add(crest, (0, step * 0.3))[::-1]]), colour)


_PATTERNS: dict[str, Callable[[Pixels, float, Colour], None]] = {
    "stripes": _stripes,
    "diagonal": _diagonal,
    "dots": _dots,
    "rays": _rays,
    "checks": _checks,
    "waves": _waves,
}
PATTERNS = ("plain", "plain", "plain", *_PATTERNS)
