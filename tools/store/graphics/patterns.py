"""Patterns that cover a whole canvas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from store.colours import Colour
from store.graphics.primitives import ellipse, polygon, rectangle
from tillsight.domain.arrays import Pixels


def pattern(canvas: Pixels, kind: str, colour: Colour, pitch: float) -> None:
    """Cover the canvas with a pattern; `pitch` is a fraction of the width. "plain" paints nothing."""
    if kind != "plain":
        _PATTERNS[kind](canvas, max(4.0, pitch * canvas.shape[1]), colour)


def _stripes(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for x in np.arange(0, w, step):
        rectangle(canvas, x + step / 4, h / 2, step / 2, h, colour)


def _diagonal(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for x in np.arange(-h, w, step * 1.3):
        polygon(canvas, [(x, h), (x + step / 2, h), (x + step / 2 + h, 0), (x + h, 0)], colour)


def _dots(canvas: Pixels, step: float, colour: Colour) -> None:
    h, w = canvas.shape[:2]
    for row, y in enumerate(np.arange(0, h + step, step)):
        for x in np.arange((row % 2) * step / 2, w + step, step):
            ellipse(canvas, x, y, step * 0.2, step * 0.2, colour)


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
            rectangle(canvas, x + step / 4, y + step / 4, step / 2, step / 2, colour)


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
