"""What grows on fruit and vegetables: stalks, calyxes, caps, shoots, crowns, tips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from store.colours import Colour, mix, turn
from store.decor import oval, polygon
from store.shapes import LONG
from store.varieties import BROWN, LEAF, Variety

Pixels = npt.NDArray[np.uint8]
OPAQUE: Colour = (255, 255, 255)


@dataclass
class Place:
    """Where the crown sits: (x, y) the body's top (or left) end, `unit` the sheet's shorter side, pixels."""

    colour: Pixels
    alpha: Pixels
    x: float
    y: float
    unit: float
    long: bool
    variety: Variety
    rng: np.random.Generator

    def draw(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Fill a polygon, its corners in units from (x, y), on colour and coverage alike."""
        corners = np.array(points) * self.unit + [self.x, self.y]
        corners = np.maximum(corners, 2.0)
        polygon(self.colour, corners, fill)
        polygon(self.alpha, corners, OPAQUE)

    @property
    def green(self) -> Colour:
        """The leaf green of this individual."""
        return turn(LEAF, value=self.rng.uniform(0.85, 1.1))


def crowned(variety: Variety, sheet: Pixels, alpha: Pixels, rng: np.random.Generator) -> Pixels:
    """The body with its crown: RGBA [H, W, 4]."""
    h, w = alpha.shape
    colour, cover = np.ascontiguousarray(sheet), np.ascontiguousarray(alpha)
    long = variety.shape in LONG
    column = int(0.12 * w) if long else w // 2
    solid = np.flatnonzero(cover[:, column] > 127)
    x, y = (float(column), float(solid.mean())) if long else (w / 2, float(solid[0]))
    if variety.top in _CROWNS:
        _CROWNS[variety.top](Place(colour, cover, x, y, float(min(w, h)), long, variety, rng))
    return np.dstack([colour, cover])


def _stalk(at: Place) -> None:
    lean = at.rng.uniform(-0.05, 0.05)
    at.draw([(-0.018, 0.09), (lean - 0.022, -0.09), (lean + 0.022, -0.09), (0.018, 0.09)], BROWN)


def _calyx(at: Place) -> None:
    green = at.green
    for a in np.linspace(-1.3, 1.3, 5) + at.rng.uniform(-0.2, 0.2):
        at.draw([(-0.03, 0.04), (0.24 * np.sin(a), 0.1 - 0.16 * np.cos(a)), (0.03, 0.04)], green)


def _cap(at: Place) -> None:
    if at.long:
        at.draw([(-0.7, -0.1), (-0.2, -0.2), (0.2, -0.24), (0.2, 0.24), (-0.2, 0.2), (-0.7, 0.1)], at.green)
        return
    hat = [(-0.05, -0.2), (0.05, -0.2), (0.04, 0), (0.22, 0.1), (0, 0.07), (-0.22, 0.1), (-0.04, 0)]
    at.draw(hat, at.green)


def _shoots(at: Place) -> None:
    green = mix(at.green, at.variety.ground, 0.2)
    for k in (-0.09, 0.0, 0.09):
        tip = (-9.0, k * 3) if at.long else (k * 2.4, -0.2)
        at.draw([(0.0, -0.02), tip, (0.03, 0.07)], green)


def _crown(at: Place) -> None:
    spikes = [(-0.1, 0.05), (-0.13, -0.2), (-0.04, -0.02), (0, -0.2), (0.04, -0.02), (0.13, -0.2), (0.1, 0.05)]
    at.draw(spikes, turn(at.variety.ground, value=0.8))


def _button(at: Place) -> None:
    x, y = at.x + at.rng.uniform(-0.1, 0.1) * at.unit, at.y + 0.12 * at.unit
    oval(at.colour, x, y, 0.035 * at.unit, 0.025 * at.unit, turn(BROWN, value=0.9))


def _tips(at: Place) -> None:
    h, w = at.alpha.shape
    for column in (0.13, 0.97):
        edge = np.flatnonzero(at.alpha[:, int(column * w)] > 127)
        if edge.size:
            oval(at.colour, column * w, float(edge.mean()), 0.02 * w, 0.08 * h, at.variety.marks)


_CROWNS: dict[str, Callable[[Place], None]] = {
    "stalk": _stalk,
    "calyx": _calyx,
    "cap": _cap,
    "shoots": _shoots,
    "crown": _crown,
    "button": _button,
    "tips": _tips,
}
