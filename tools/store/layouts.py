"""How a front is divided: each layout paints its colour blocks and says where everything goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from store.colours import WHITE, mix
from store.decor import oval, panel, polygon
from store.design import Design

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]  # centre x, centre y, width, height; shares of the front

WIDE: dict[str, Box] = {"brand": (.3, .35, .5, .42), "picture": (.76, .5, .3, .8), "noun": (.3, .68, .36, .15),
                        "flavour": (.3, .86, .4, .11), "weight": (.93, .86, .1, .12)}


def _band(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0.08 * h), (w, 0.08 * h), (w, 0.34 * h), (0, 0.34 * h)], look.brand_colour)
    polygon(canvas, [(0, 0.34 * h), (w, 0.34 * h), (w, 0.36 * h), (0, 0.36 * h)], look.second)
    return {"brand": (.5, .21, .84, .19), "noun": (.5, .42, .7, .075), "picture": (.5, .64, .8, .32), "flavour": (.5, .85, .7, .055),
            "weight": (.8, .94, .28, .05), "claim": (.5, .045, .6, .04)}


def _split(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 24)
    edge = (0.47 + 0.04 * look.shift[0] + 0.05 * np.sin(x / w * np.pi) * look.shift[1]) * h
    polygon(canvas, np.concatenate([np.stack([x, edge], 1), [[w, h], [0, h]]]), look.second)
    return {"brand": (.5, .17, .86, .2), "noun": (.5, .33, .72, .08), "flavour": (.5, .44, .66, .055), "picture": (.5, .67, .84, .36),
            "weight": (.8, .93, .3, .055), "claim": (.5, .045, .6, .035)}


def _frame(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    rim = 0.06 * w
    panel(canvas, "block", w / 2, h / 2, w - 2 * rim, h - 2 * rim, mix(look.second, WHITE, 0.86), look.brand_colour)
    return {"brand": (.5, .2, .74, .18), "claim": (.5, .34, .56, .04), "picture": (.5, .53, .64, .3), "noun": (.5, .74, .66, .075),
            "flavour": (.5, .83, .6, .05), "weight": (.76, .91, .24, .045)}


def _stripe(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    a, b = (0.2 + 0.05 * look.shift[0]) * w, (0.8 + 0.05 * look.shift[1]) * w
    polygon(canvas, [(a, 0), (b, 0), (b, h), (a, h)], look.second)
    polygon(canvas, [(a - 0.04 * w, 0), (a - 0.02 * w, 0), (a - 0.02 * w, h), (a - 0.04 * w, h)], look.second)
    return {"brand": (.5, .24, .88, .22), "noun": (.5, .42, .56, .07), "picture": (.5, .62, .6, .28), "flavour": (.5, .83, .62, .055), "weight": (.5, .93, .3, .05)}


def _minimal(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0.93 * h), (w, 0.93 * h), (w, h), (0, h)], look.flavour)
    return {"brand": (.5, .14, .6, .12), "picture": (.5, .43, .7, .38), "noun": (.5, .7, .8, .1), "flavour": (.5, .82, .7, .06),
            "weight": (.8, .89, .3, .045), "claim": (.4, .89, .4, .03)}


def _pile(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    oval(canvas, w * 0.5, h * 0.98, w * 0.72, h * 0.4, look.second)
    return {"brand": (.5, .15, .88, .19), "noun": (.5, .31, .74, .085), "flavour": (.5, .42, .66, .06), "picture": (.5, .68, .92, .42), "weight": (.8, .94, .3, .055)}


def _wave(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    x = np.linspace(0, w, 30)
    for depth, colour in ((0.52, mix(look.second, look.base, 0.5)), (0.58, look.second), (0.88, look.brand_colour)):
        edge = (depth + 0.04 * np.sin(x / w * 5 + 2 * look.shift[0] + depth * 4)) * h
        polygon(canvas, np.concatenate([np.stack([x, edge], 1), [[w, h], [0, h]]]), colour)
    return {"brand": (.5, .17, .86, .2), "noun": (.5, .34, .7, .08), "flavour": (.5, .45, .62, .055), "picture": (.5, .7, .7, .32), "weight": (.78, .94, .3, .05)}


def _sidebar(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    polygon(canvas, [(0, 0), (0.3 * w, 0), (0.3 * w, h), (0, h)], look.brand_colour)
    return {"brand": (.15, .48, .2, .86), "noun": (.65, .14, .6, .1), "flavour": (.65, .25, .54, .055), "picture": (.65, .56, .64, .42),
            "weight": (.8, .92, .3, .055), "claim": (.65, .82, .5, .04)}


def _medallion(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    radius = 0.43 * min(w, h)
    oval(canvas, w / 2, h * 0.47, radius * 1.06, radius * 1.06, look.brand_colour)
    oval(canvas, w / 2, h * 0.47, radius, radius, mix(look.second, WHITE, 0.2))
    return {"brand": (.5, .3, .8, .16), "picture": (.5, .52, .5, .24), "noun": (.5, .69, .6, .07), "flavour": (.5, .84, .76, .065), "weight": (.5, .94, .3, .05), "claim": (.5, .08, .6, .045)}


def _diagonal(canvas: Pixels, look: Design) -> dict[str, Box]:
    h, w = canvas.shape[:2]
    cut = 0.12 * look.shift[0]
    polygon(canvas, [(0, (0.62 + cut) * h), (w, (0.34 - cut) * h), (w, h), (0, h)], look.second)
    polygon(canvas, [(0, (0.60 + cut) * h), (w, (0.32 - cut) * h), (w, (0.34 - cut) * h), (0, (0.62 + cut) * h)], look.brand_colour)
    return {"brand": (.5, .16, .86, .2), "noun": (.36, .33, .56, .075), "picture": (.6, .6, .66, .36), "flavour": (.5, .83, .7, .06), "weight": (.22, .93, .3, .055)}


LAYOUTS: dict[str, Callable[[Pixels, Design], dict[str, Box]]] = {
    "band": _band, "split": _split, "frame": _frame, "stripe": _stripe, "minimal": _minimal, "pile": _pile,
    "wave": _wave, "sidebar": _sidebar, "medallion": _medallion, "diagonal": _diagonal,
}
