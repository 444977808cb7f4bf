"""Outlines of fruit and vegetables; each specimen differs a little."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from store.arrays import Outline
from store.catalogue.produce_varieties import Variety

LONG = ("crescent", "taper", "rod")
"""Shapes that lie left to right along a centre line."""
_TOPPED = ("stalk", "calyx", "cap", "crown", "shoots")  # tops that need a margin


def body_outline(variety: Variety, width: int, height: int, rng: np.random.Generator) -> Outline:
    """Closed outline [N, 2] as x, y in pixels; it fills the sheet but for a margin where a stalk or leaves grow."""
    long = variety.shape in LONG
    points = _spine(variety.shape, rng) if long else _round(variety.shape, rng)
    low, high = points.min(0), points.max(0)
    unit = (points - low) / (high - low)
    margin = 0.1 if variety.top in _TOPPED else 0.02
    sheet = np.array([width - 4.0, height - 4.0])
    room = sheet * [margin, 0.0] if long else sheet * [0.0, margin]
    return np.asarray(unit * (sheet - room) + 2 + room, np.float64)


def _near(angle: Outline, centre: float, spread: float) -> Outline:
    """A bump of height 1 around an angle."""
    off = np.abs(np.angle(np.exp(1j * (angle - centre))))
    return np.asarray(np.exp(-((off / spread) ** 2)), np.float64)


def _round(shape: str, rng: np.random.Generator) -> Outline:
    """A closed outline around a centre, in units of the radius; angle 0 points up."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)  # 0 points up
    up, side = -np.cos(angle), np.sin(angle)
    radius = 1 + 0.02 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.012 * np.sin(3 * angle + rng.uniform(0, 6))
    if shape in _RADII:
        radius = radius * _RADII[shape](angle, rng)
    if shape in _WIDTHS:
        side = side * _WIDTHS[shape](up)
    if shape == "egg":
        side = side * (1 - 0.1 * up * rng.choice([-1, 1]))
    if shape == "mushroom":
        side = np.where(up < 0.12, side, np.sign(side) * np.minimum(np.abs(side), 0.34))
    return np.stack([radius * side, radius * up], 1)


def _apple(angle: Outline, rng: np.random.Generator) -> Outline:
    dents = 0.16 * _near(angle, 0, 0.35) + 0.05 * _near(angle, np.pi, 0.3)
    return np.asarray(1 - dents + 0.03 * np.abs(np.sin(angle)), np.float64)


def _lemon(angle: Outline, rng: np.random.Generator) -> Outline:
    return 1 + 0.16 * _near(angle, np.pi / 2, 0.16) + 0.1 * _near(angle, -np.pi / 2, 0.14)


def _bell(angle: Outline, rng: np.random.Generator) -> Outline:
    boxy = (np.abs(np.sin(angle)) ** 3.4 + np.abs(np.cos(angle)) ** 3.4) ** (-1 / 3.4)
    return np.asarray(boxy * (1 - 0.09 * _near(angle, 0, 0.3) - 0.07 * _near(angle, np.pi, 0.16)), np.float64)


def _ribbed(angle: Outline, rng: np.random.Generator) -> Outline:
    return np.asarray(1 + 0.045 * np.abs(np.sin(4 * angle + rng.uniform(0, 3))), np.float64)


def _onion(angle: Outline, rng: np.random.Generator) -> Outline:
    return 1 + 0.34 * _near(angle, 0, 0.2) + 0.08 * _near(angle, np.pi, 0.15)


def _lumpy(strength: float) -> Callable[[Outline, np.random.Generator], Outline]:
    """A radius function with random lumps of about `strength`."""

    def radius(angle: Outline, rng: np.random.Generator) -> Outline:
        total = np.ones_like(angle)
        for n in (2, 3, 4, 5):
            total += strength * rng.uniform(0.3, 1) * np.sin(n * angle + rng.uniform(0, 6)) / np.sqrt(n)
        return total

    return radius


def _ruffle(angle: Outline, rng: np.random.Generator) -> Outline:
    waves = 0.05 * np.sin(9 * angle + rng.uniform(0, 6)) + 0.03 * np.sin(23 * angle + rng.uniform(0, 6))
    return np.asarray(1 + waves + 0.03 * rng.normal(size=angle.size), np.float64)


_RADII: dict[str, Callable[[Outline, np.random.Generator], Outline]] = {
    "apple": _apple,
    "lemon": _lemon,
    "bell": _bell,
    "ribbed": _ribbed,
    "onion": _onion,
    "lump": _lumpy(0.05),
    "knobbly": _lumpy(0.16),
    "ruffle": _ruffle,
}
_WIDTHS: dict[str, Callable[[Outline], Outline]] = {
    "apple": lambda up: 1 - 0.1 * up,
    "pear": lambda up: np.where(up < 0, 1 - 0.52 * np.abs(up) ** 0.9, 1),
    "bell": lambda up: 1 - 0.16 * up,
}
_BENDS = {"crescent": 0.36, "taper": 0.07, "rod": 0.05}
_GIRTHS = {"crescent": 0.1, "taper": 0.09, "rod": 0.08}


def _spine(shape: str, rng: np.random.Generator) -> Outline:
    """A bent centre line with a thickness along it."""
    t = np.linspace(0, 1, 60)
    thickness = {"crescent": 0.25 + 0.75 * np.sin(np.pi * t) ** 0.5, "taper": 1 - 0.86 * t**1.3, "rod": np.ones_like(t)}
    bend = _BENDS[shape] * rng.uniform(0.7, 1.3) * (1 if shape == "crescent" else rng.choice([-1, 1]))
    ends = np.clip(np.clip(np.minimum(t, 1 - t) / 0.1, 0, 1) ** 0.5, 0.14, 1)
    half = _GIRTHS[shape] * thickness[shape] * ends * (1 + 0.04 * np.sin(t * 9 + rng.uniform(0, 6)))
    y = -bend * 4 * (t - 0.5) ** 2
    upper, lower = np.stack([t, y - half], 1), np.stack([t, y + half], 1)[::-1]
    return np.concatenate([upper, lower])
