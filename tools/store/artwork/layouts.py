"""How a front is divided: each layout paints its colour blocks and returns the boxes of the printed elements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from store.artwork.design import Design
from store.colours import WHITE, mix
from store.graphics.panels import panel
from store.graphics.primitives import ellipse, polygon
from tillsight.domain.arrays import Pixels

Box = tuple[float, float, float, float]
"""Centre x, centre y, width, height, as fractions of the front."""

# the boxes of a front more than half as wide again as high
WIDE: dict[str, Box] = {
    "brand": (0.3, 0.35, 0.5, 0.42),
    "picture": (0.76, 0.5, 0.3, 0.8),
    "noun": (0.3, 0.68, 0.36, 0.15),
    "flavour": (0.3, 0.86, 0.4, 0.11),
    "weight": (0.93, 0.86, 0.1, 0.12),
}


def _band(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0.08 * h), (w, 0.08 * h), (w, 0.34 * h), (0, 0.34 * h)], design.brand_colour)
    polygon(canvas, [(0, 0.34 * h), (w, 0.34 * h), (w, 0.36 * h), (0, 0.36 * h)], design.second)
    return {
        "brand": (0.5, 0.21, 0.84, 0.19),
        "noun": (0.5, 0.42, 0.7, 0.075),
        "picture": (0.5, 0.64, 0.8, 0.32),
        "flavour": (0.5, 0.85, 0.7, 0.055),
        "weight": (0.8, 0.94, 0.28, 0.05),
        "slogan": (0.5, 0.045, 0.6, 0.04),
    }


def _split(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 24)
    edge = (0.47 + 0.04 * design.layout_shift[0] + 0.05 * np.sin(x / w * np.pi) * design.layout_shift[1]) * h
    polygon(canvas, np.concatenate([np.stack([x, edge], 1), [[w, h], [0, h]]]), design.second)
    return {
        "brand": (0.5, 0.17, 0.86, 0.2),
        "noun": (0.5, 0.33, 0.72, 0.08),
        "flavour": (0.5, 0.44, 0.66, 0.055),
        "picture": (0.5, 0.67, 0.84, 0.36),
        "weight": (0.8, 0.93, 0.3, 0.055),
        "slogan": (0.5, 0.045, 0.6, 0.035),
    }


def _frame(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    border = 0.06 * w
    panel(
        canvas,
        "block",
        w / 2,
        h / 2,
        w - 2 * border,
        h - 2 * border,
        mix(design.second, WHITE, 0.86),
        design.brand_colour,
    )
    return {
        "brand": (0.5, 0.2, 0.74, 0.18),
        "slogan": (0.5, 0.34, 0.56, 0.04),
        "picture": (0.5, 0.53, 0.64, 0.3),
        "noun": (0.5, 0.74, 0.66, 0.075),
        "flavour": (0.5, 0.83, 0.6, 0.05),
        "weight": (0.76, 0.91, 0.24, 0.045),
    }


def _stripe(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    a, b = (0.2 + 0.05 * design.layout_shift[0]) * w, (0.8 + 0.05 * design.layout_shift[1]) * w
    polygon(canvas, [(a, 0), (b, 0), (b, h), (a, h)], design.second)
    polygon(canvas, [(a - 0.04 * w, 0), (a - 0.02 * w, 0), (a - 0.02 * w, h), (a - 0.04 * w, h)], design.second)
    return {
        "brand": (0.5, 0.24, 0.88, 0.22),
        "noun": (0.5, 0.42, 0.56, 0.07),
        "picture": (0.5, 0.62, 0.6, 0.28),
        "flavour": (0.5, 0.83, 0.62, 0.055),
        "weight": (0.5, 0.93, 0.3, 0.05),
    }


def _minimal(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0.93 * h), (w, 0.93 * h), (w, h), (0, h)], design.flavour)
    return {
        "brand": (0.5, 0.14, 0.6, 0.12),
        "picture": (0.5, 0.43, 0.7, 0.38),
        "noun": (0.5, 0.7, 0.8, 0.1),
        "flavour": (0.5, 0.82, 0.7, 0.06),
        "weight": (0.8, 0.89, 0.3, 0.045),
        "slogan": (0.4, 0.89, 0.4, 0.03),
    }


def _pile(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    ellipse(canvas, w * 0.5, h * 0.98, w * 0.72, h * 0.4, design.second)
    return {
        "brand": (0.5, 0.15, 0.88, 0.19),
        "noun": (0.5, 0.31, 0.74, 0.085),
        "flavour": (0.5, 0.42, 0.66, 0.06),
        "picture": (0.5, 0.68, 0.92, 0.42),
        "weight": (0.8, 0.94, 0.3, 0.055),
    }


def _wave(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 30)
    for depth, colour in (
        (0.52, mix(design.second, design.base, 0.5)),
        (0.58, design.second),
        (0.88, design.brand_colour),
    ):
        edge = (depth + 0.04 * np.sin(x / w * 5 + 2 * design.layout_shift[0] + depth * 4)) * h
        polygon(canvas, np.concatenate([np.stack([x, edge], 1), [[w, h], [0, h]]]), colour)
    return {
        "brand": (0.5, 0.17, 0.86, 0.2),
        "noun": (0.5, 0.34, 0.7, 0.08),
        "flavour": (0.5, 0.45, 0.62, 0.055),
        "picture": (0.5, 0.7, 0.7, 0.32),
        "weight": (0.78, 0.94, 0.3, 0.05),
    }


def _sidebar(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0), (0.3 * w, 0), (0.3 * w, h), (0, h)], design.brand_colour)
    return {
        "brand": (0.15, 0.48, 0.2, 0.86),
        "noun": (0.65, 0.14, 0.6, 0.1),
        "flavour": (0.65, 0.25, 0.54, 0.055),
        "picture": (0.65, 0.56, 0.64, 0.42),
        "weight": (0.8, 0.92, 0.3, 0.055),
        "slogan": (0.65, 0.82, 0.5, 0.04),
    }


def _medallion(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    radius = 0.43 * min(w, h)
    ellipse(canvas, w / 2, h * 0.47, radius * 1.06, radius * 1.06, design.brand_colour)
    ellipse(canvas, w / 2, h * 0.47, radius, radius, mix(design.second, WHITE, 0.2))
    return {
        "brand": (0.5, 0.3, 0.8, 0.16),
        "picture": (0.5, 0.52, 0.5, 0.24),
        "noun": (0.5, 0.69, 0.6, 0.07),
        "flavour": (0.5, 0.84, 0.76, 0.065),
        "weight": (0.5, 0.94, 0.3, 0.05),
        "slogan": (0.5, 0.08, 0.6, 0.045),
    }


def _diagonal(canvas: Pixels, design: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    cut = 0.12 * design.layout_shift[0]
    polygon(canvas, [(0, (0.62 + cut) * h), (w, (0.34 - cut) * h), (w, h), (0, h)], design.second)
    polygon(
        canvas,
        [(0, (0.60 + cut) * h), (w, (0.32 - cut) * h), (w, (0.34 - cut) * h), (0, (0.62 + cut) * h)],
        design.brand_colour,
    )
    return {
        "brand": (0.5, 0.16, 0.86, 0.2),
        "noun": (0.36, 0.33, 0.56, 0.075),
        "picture": (0.6, 0.6, 0.66, 0.36),
        "flavour": (0.5, 0.83, 0.7, 0.06),
        "weight": (0.22, 0.93, 0.3, 0.055),
    }


LAYOUTS: dict[str, Callable[[Pixels, Design], dict[str, Box]]] = {
    "band": _band,
    "split": _split,
    "frame": _frame,
    "stripe": _stripe,
    "minimal": _minimal,
    "pile": _pile,
    "wave": _wave,
    "sidebar": _sidebar,
    "medallion": _medallion,
    "diagonal": _diagonal,
}
