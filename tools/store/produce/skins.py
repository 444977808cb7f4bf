"""Skin textures of fruit and vegetables: base colour, blush and marks, without light."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from store.catalogue.produce_varieties import Variety
from store.colours import adjust
from store.graphics.textures import smooth_noise
from store.produce.outlines import LONG
from tillsight.domain.arrays import Floats

Marks = Callable[[Floats, Floats, np.random.Generator], Floats]
"""Strength of the marks [h, w], clipped to 0..1, from the positions across and along the body, 0..1, both [h, w]."""


def skin(variety: Variety, h: int, w: int, rng: np.random.Generator) -> Floats:
    """The skin colour of one specimen, float32 [h, w, 3] in 0..255."""
    hue, saturation, value = rng.uniform(-0.012, 0.012), rng.uniform(0.92, 1.08), rng.uniform(0.93, 1.05)
    base = np.array(adjust(variety.base, hue, saturation, value), np.float32)
    slope = np.linspace(-0.3, 0.3, h, dtype=np.float32)[:, None]
    blush = np.clip(0.5 + 0.6 * smooth_noise(rng, h, w, 3, 3) + slope, 0, 1)[..., None]
    colour = base * (1 - blush) + np.array(variety.blush, np.float32) * blush
    if variety.skin in _MARKS:
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        across, along = (y / h, x / w) if variety.shape in LONG else (x / w, y / h)
        marks = np.clip(_MARKS[variety.skin](across, along, rng), 0, 1)[..., None]
        colour += (np.array(variety.marks, np.float32) - colour) * marks
    return np.asarray(colour, np.float32)


def _noise(rng: np.random.Generator, like: Floats, cells: int) -> Floats:
    return smooth_noise(rng, like.shape[0], like.shape[1], cells, cells)


def _specks(limit: float, cell: int) -> Marks:
    """Random specks of `cell` pixels, one where a random number exceeds the limit."""

    def marks(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
        h, w = across.shape
        draws = (rng.random((h // cell + 1, w // cell + 1), dtype=np.float32) > limit).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(cv2.resize(draws, (w, h)), (0, 0), 0.9) * 0.8, np.float32)

    return marks


def _meridians(count: float, wobble: float, strength: float) -> Marks:
    """Lines from end to end, closer together towards the sides as on a ball."""

    def marks(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
        u = np.arcsin(np.clip(2 * across - 1, -1, 1)) * count + wobble * _noise(rng, across, 8)
        return np.asarray(np.clip(np.sin(u), 0, 1) * strength, np.float32)

    return marks


def _rings(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
    wobble = _noise(rng, across, 8)
    return np.asarray((np.sin(along * 95 + 4 * wobble) > 0.86) * (wobble > -0.1) * 0.7, np.float32)


def _papery(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
    spread = np.arctan2(across - 0.5, along + 0.25) * 46
    return np.asarray(np.clip(np.sin(spread + 1.5 * _noise(rng, across, 6)), 0, 1) ** 3 * 0.75)


def _net(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(1 - np.abs(_noise(rng, across, 22)) * 5, np.float32)


def _leaves(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
    veins = np.arctan2(across - 0.5, 1.15 - along) * 9 + 2 * _noise(rng, across, 5)
    patches = 0.3 * (_noise(rng, across, 16) > 0.3)
    return np.asarray(np.clip(1 - np.abs(np.sin(veins)) * 5, 0, 1) * 0.8 + patches, np.float32)


def _bloom(across: Floats, along: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(_noise(rng, across, 6) * 0.6, np.float32)


_MARKS: dict[str, Marks] = {
    "freckles": _specks(0.975, 2),
    "dimples": _specks(0.9, 2),
    "fuzzy": _specks(0.75, 2),
    "earthy": _specks(0.93, 3),
    "ridges": _meridians(7, 0.0, 0.35),
    "stripes": _meridians(16, 1.4, 0.95),
    "rings": _rings,
    "papery": _papery,
    "net": _net,
    "leaves": _leaves,
    "bloom": _bloom,
}
