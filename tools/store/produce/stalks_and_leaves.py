"""What grows on fruit and vegetables: stalks, calyxes, caps, shoots, crowns, buttons and tips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from store.arrays import Mask
from store.catalogue.produce_varieties import BROWN, LEAF, Variety
from store.colours import Colour, adjust, mix
from store.graphics.primitives import OPAQUE, ellipse, polygon
from store.produce.outlines import LONG
from tillsight.domain.arrays import Pixels


@dataclass
class Attachment:
    """Where a stalk or leaves join the body, and the sheets to draw on.

    (x, y) in pixels is the body's top end, or its left end where `long`; `unit` is the sheet's shorter side in pixels.
    """

    colour: Pixels
    alpha: Mask
    x: float
    y: float
    unit: float
    long: bool
    variety: Variety
    rng: np.random.Generator

    def draw(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Fill a polygon on colour and alpha; its corners are in units, relative to (x, y)."""
        corners = np.array(points) * self.unit + [self.x, self.y]
        corners = np.maximum(corners, 2.0)
        polygon(self.colour, corners, fill)
        polygon(self.alpha, corners, OPAQUE)

    @property
    def green(self) -> Colour:
        """A leaf green, drawn at random at each access."""
        return adjust(LEAF, value=self.rng.uniform(0.85, 1.1))


def add_top(variety: Variety, sheet: Pixels, alpha: Mask, rng: np.random.Generator) -> Pixels:
    """The body with what grows on it: uint8 [H, W, 4] RGBA from `sheet` [H, W, 3] and `alpha` [H, W]."""
    h, w = alpha.shape
    colour, cover = np.ascontiguousarray(sheet), np.ascontiguousarray(alpha)
    long = variety.shape in LONG
    # the end of the body where the stalk joins: of a long body at the left, else at the top of the middle column
    column = int(0.12 * w) if long else w // 2
    solid = np.flatnonzero(cover[:, column] > 127)
    x, y = (float(column), float(solid.mean())) if long else (w / 2, float(solid[0]))
    if variety.top in _TOPS:
        _TOPS[variety.top](Attachment(colour, cover, x, y, float(min(w, h)), long, variety, rng))
    return np.dstack([colour, cover])


def _stalk(top: Attachment) -> None:
    lean = top.rng.uniform(-0.05, 0.05)
    top.draw([(-0.018, 0.09), (lean - 0.022, -0.09), (lean + 0.022, -0.09), (0.018, 0.09)], BROWN)


def _calyx(top: Attachment) -> None:
    green = top.green
    for a in np.linspace(-1.3, 1.3, 5) + top.rng.uniform(-0.2, 0.2):
        top.draw([(-0.03, 0.04), (0.24 * np.sin(a), 0.1 - 0.16 * np.cos(a)), (0.03, 0.04)], green)


def _cap(top: Attachment) -> None:
    if top.long:
        top.draw([(-0.7, -0.1), (-0.2, -0.2), (0.2, -0.24), (0.2, 0.24), (-0.2, 0.2), (-0.7, 0.1)], top.green)
        return
    hat = [(-0.05, -0.2), (0.05, -0.2), (0.04, 0), (0.22, 0.1), (0, 0.07), (-0.22, 0.1), (-0.04, 0)]
    top.draw(hat, top.green)


def _shoots(top: Attachment) -> None:
    green = mix(top.green, top.variety.base, 0.2)
    for k in (-0.09, 0.0, 0.09):
        tip = (-9.0, k * 3) if top.long else (k * 2.4, -0.2)
        top.draw([(0.0, -0.02), tip, (0.03, 0.07)], green)


def _crown(top: Attachment) -> None:
    spikes = [(-0.1, 0.05), (-0.13, -0.2), (-0.04, -0.02), (0, -0.2), (0.04, -0.02), (0.13, -0.2), (0.1, 0.05)]
    top.draw(spikes, adjust(top.variety.base, value=0.8))


def _button(top: Attachment) -> None:
    x, y = top.x + top.rng.uniform(-0.1, 0.1) * top.unit, top.y + 0.12 * top.unit
    ellipse(top.colour, x, y, 0.035 * top.unit, 0.025 * top.unit, adjust(BROWN, value=0.9))


def _tips(top: Attachment) -> None:
    h, w = top.alpha.shape
    for column in (0.13, 0.97):
        edge = np.flatnonzero(top.alpha[:, int(column * w)] > 127)
        if edge.size:
            ellipse(top.colour, column * w, float(edge.mean()), 0.02 * w, 0.08 * h, top.variety.marks)


_TOPS: dict[str, Callable[[Attachment], None]] = {
    "stalk": _stalk,
    "calyx": _calyx,
    "cap": _cap,
    "shoots": _shoots,
    "crown": _crown,
    "button": _button,
    "tips": _tips,
}
