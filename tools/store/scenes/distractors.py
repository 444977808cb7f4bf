"""Distractors: things on a counter that are no products and are never annotated: receipts, pens, fingers, scales."""

from __future__ import annotations

import cv2
import numpy as np

from store.artwork.print_elements import draw_barcode, draw_small_print
from store.colours import Colour, adjust, hsv
from store.graphics.panels import panel
from store.random_streams import pick
from tillsight.domain.arrays import Pixels


def add_distractor(rng: np.random.Generator, counter: Pixels) -> Pixels:
    """A copy of the counter, uint8 [H, W, 3], with one distractor on it."""
    out = counter.copy()
    kind = pick(rng, "receipt", "receipt", "pen", "fingers", "scale")
    if kind == "receipt":
        _receipt(rng, out)
    elif kind == "pen":
        _pen(rng, out)
    elif kind == "fingers":
        _fingers(rng, out)
    else:
        _scale(rng, out)
    return out


def _receipt(rng: np.random.Generator, out: Pixels) -> None:
    h, w = out.shape[:2]
    pw, ph = int(rng.uniform(0.1, 0.18) * w), int(rng.uniform(0.25, 0.5) * h)
    paper = np.full((ph, pw, 3), int(rng.uniform(225, 250)), np.uint8)
    for i, y in enumerate(np.arange(0.14, 0.8, 0.13)):
        draw_small_print(paper, pw / 2, y * ph, 0.86 * pw, 0.1 * ph, (70, 70, 78), i)
    draw_barcode(paper, 0.2 * pw, 0.86 * ph, 0.6 * pw, 0.1 * ph, int(rng.integers(1 << 30)))
    transform = cv2.getRotationMatrix2D((pw / 2, ph / 2), rng.uniform(0, 360), 1.0)
    transform = np.add(transform, [[0, 0, rng.uniform(0, 1) * w - pw / 2], [0, 0, rng.uniform(0, 1) * h - ph / 2]])
    cv2.warpAffine(paper, transform, (w, h), dst=out, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)


def _pen(rng: np.random.Generator, out: Pixels) -> None:
    h, w = out.shape[:2]
    a, reach = rng.uniform(0, np.pi), 0.09 * w
    x, y = rng.uniform(0.05, 0.95) * w, rng.uniform(0.05, 0.95) * h
    colour = hsv(rng.random(), 0.7, rng.uniform(0.2, 0.7))
    thick = max(3, int(0.011 * w))

    def at(t: float) -> tuple[int, int]:
        return int(x + t * reach * np.cos(a)), int(y + t * reach * np.sin(a))

    cv2.line(out, at(-1), at(1), adjust(colour, value=0.5), thick + 2, cv2.LINE_AA)
    cv2.line(out, at(-1), at(0.8), colour, thick, cv2.LINE_AA)
    cv2.line(out, at(-0.9), at(0.7), adjust(colour, saturation=0.5, value=1.6), max(1, thick // 4), cv2.LINE_AA)
    cv2.line(out, at(1), at(1.15), (190, 190, 190), max(1, thick // 3), cv2.LINE_AA)


def _fingers(rng: np.random.Generator, out: Pixels) -> None:
    """A hand that reaches in from the left or right image border: four fingers, the palm outside the image."""
    h, w = out.shape[:2]
    skin: Colour = hsv(rng.uniform(0.03, 0.07), rng.uniform(0.3, 0.6), rng.uniform(0.35, 0.92))
    left = bool(rng.random() < 0.5)
    base, lean, thick = rng.uniform(0.2, 0.8) * h, rng.uniform(-0.4, 0.4), 0.036 * w
    layer = out.copy()
    for i, reach in enumerate((0.12, 0.16, 0.17, 0.13)):
        y0 = base + i * thick * 1.15
        x1, y1 = reach * w, y0 + lean * reach * w
        if not left:
            x1 = w - x1
        cv2.line(
            layer,
            (0 if left else w, int(y0)),
            (int(x1), int(y1)),
            adjust(skin, value=0.72),
            int(thick * 1.1),
            cv2.LINE_AA,
        )
        cv2.line(layer, (0 if left else w, int(y0 - 2)), (int(x1), int(y1 - 2)), skin, int(thick * 0.86), cv2.LINE_AA)
    out[:] = cv2.GaussianBlur(layer, (0, 0), 1.2)


def _scale(rng: np.random.Generator, out: Pixels) -> None:
    """The glass plate of a scale set into the counter."""
    h, w = out.shape[:2]
    sheet = out.copy()
    panel(
        sheet,
        "round",
        rng.uniform(0.3, 0.7) * w,
        rng.uniform(0.3, 0.7) * h,
        rng.uniform(0.4, 0.8) * w,
        rng.uniform(0.4, 0.8) * h,
        hsv(0.55, 0.1, rng.uniform(0.1, 0.8)),
        hsv(0, 0, rng.uniform(0.1, 0.6)),
    )
    out[:] = cv2.addWeighted(sheet, 0.75, out, 0.25, 0)
