"""Counters seen from above: wood, steel, laminate, stone, granite, belt, cloth, tiles, plain, paper, or two of them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from store.colours import hsv
from store.graphics.primitives import OPAQUE, polygon
from store.graphics.textures import add_grain
from store.random_streams import chance
from store.scenes import surfaces
from tillsight.domain.arrays import Pixels


def render(rng: np.random.Generator, height: int, width: int, kind: str | None = None) -> Pixels:
    """A counter seen from above, uint8 [height, width, 3] RGB; `kind` is one of KINDS, or None for a random one.

    Raises ValueError for an unknown kind or a side under 16 pixels.
    """
    if min(height, width) < 16:
        raise ValueError(f"a counter of {width} x {height} pixels is too small: give at least 16 each way")
    if kind is None:
        kind = KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
    if kind not in _PAINTERS:
        raise ValueError(f"unknown counter {kind!r}: use one of {', '.join(KINDS)}")
    rows, columns = (height + 1) // 2, (width + 1) // 2  # drawn at half size for speed; grain at full size hides it
    coarse = _PAINTERS[kind](rng, rows, columns)
    full = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return add_grain(np.asarray(full, np.uint8), rng.normal(0, _GRAIN[kind], (193, 193, 1)))


def _paper(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Newspapers: sheets with headlines, columns of grey lines and picture boxes."""
    sheet = surfaces.plain(rng, h, w)
    for _ in range(int(rng.integers(1, 4))):
        page = np.full(
            (int(rng.uniform(0.5, 1.2) * h), int(rng.uniform(0.4, 0.9) * w), 3),
            hsv(0.12, 0.06, rng.uniform(0.8, 0.95)),
            np.uint8,
        )
        ph, pw = page.shape[:2]
        columns = int(rng.integers(2, 5))
        for c in range(columns):
            left, right = int((c + 0.06) * pw / columns), int((c + 0.94) * pw / columns)
            y = int(0.04 * ph)
            while y < ph - 8:
                if chance(rng, 0.06):
                    depth = int(rng.uniform(0.06, 0.16) * ph)
                    page[y : y + depth, left:right] = hsv(rng.random(), rng.uniform(0, 0.4), rng.uniform(0.3, 0.7))
                    y += depth + 4
                elif chance(rng, 0.08):
                    page[y : y + 6, left : left + int((right - left) * rng.uniform(0.5, 1))] = 40
                    y += 11
                else:
                    page[y : y + 1, left : left + int((right - left) * rng.uniform(0.7, 1))] = 110
                    y += 4
        transform = cv2.getRotationMatrix2D((pw / 2, ph / 2), rng.uniform(-40, 40), 1.0)
        across, along = rng.uniform(-0.2, 0.6) * w, rng.uniform(-0.2, 0.4) * h
        transform = np.add(transform, [[0, 0, across], [0, 0, along]])
        cv2.warpAffine(page, transform, (w, h), dst=sheet, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return sheet


def _two_surfaces(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Two surfaces that meet along a slanted edge."""
    kinds = [k for k in KINDS if k != "two"]
    a, b = (_PAINTERS[kinds[int(rng.integers(len(kinds)))]](rng, h, w) for _ in range(2))
    mask = np.zeros((h, w), np.uint8)
    y0, y1 = rng.uniform(0.05, 0.35, 2) * h
    polygon(mask, [(0, 0), (w, 0), (w, y1), (0, y0)], OPAQUE)
    cover = mask[..., None] / 255.0
    joined = (a * (1 - cover) + b * cover).astype(np.uint8)
    cv2.line(
        joined, (0, int(y0)), (w, int(y1)), hsv(0, 0, rng.uniform(0.05, 0.9)), int(rng.integers(1, 6)), cv2.LINE_AA
    )
    return joined if chance(rng, 0.5) else np.ascontiguousarray(joined[::-1])


_PAINTERS: dict[str, Callable[[np.random.Generator, int, int], Pixels]] = {
    "wood": surfaces.wood,
    "steel": surfaces.steel,
    "laminate": surfaces.laminate,
    "stone": surfaces.stone,
    "granite": surfaces.granite,
    "belt": surfaces.belt,
    "cloth": surfaces.cloth,
    "plain": surfaces.plain,
    "tiles": surfaces.tiles,
    "paper": _paper,
    "two": _two_surfaces,
}
KINDS = tuple(_PAINTERS)
# probability of each kind, in the order of KINDS
_SHARES = np.array([3, 2, 2, 2, 1, 3, 1.5, 2, 1, 0.6, 1.2]) / 19.3
# standard deviation of the grain in grey levels
_GRAIN = {
    "wood": 3.0,
    "steel": 4.0,
    "laminate": 3.0,
    "stone": 2.0,
    "granite": 5.0,
    "belt": 4.0,
    "cloth": 6.0,
    "plain": 1.5,
    "tiles": 1.5,
    "paper": 3.0,
    "two": 2.5,
}
