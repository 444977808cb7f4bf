"""An answer as a picture: boxes, mask outlines and labels on the photo."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tillsight.domain.arrays import Pixels
from tillsight.domain.geometry import Box, Polygon
from tillsight.domain.recognition_results import Verdict

COLOURS = {
    Verdict.KNOWN: (0, 158, 115),
    Verdict.AMBIGUOUS: (230, 159, 0),
    Verdict.UNKNOWN: (213, 94, 0),
}
"""Okabe and Ito's palette, told apart by colour-blind people too (Color Universal Design, 2008)."""


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """One object to draw, in pixels of the photo."""

    box: Box
    outline: Polygon
    label: str
    verdict: Verdict


def draw_objects(pixels: Pixels, objects: list[DrawnObject]) -> Pixels:
    """The photo uint8 [H, W, 3] with each object's mask tinted and outlined, its box, and its label."""
    unit = max(pixels.shape[:2]) / 1000
    canvas = np.ascontiguousarray(pixels).copy()
    for marked in objects:
        if not marked.outline:
            continue
        shape = [np.asarray(marked.outline, np.float32).round().astype(np.int32)]
        tint = canvas.copy()
        cv2.fillPoly(tint, shape, COLOURS[marked.verdict])
        canvas = np.asarray(cv2.addWeighted(tint, 0.25, canvas, 0.75, 0), np.uint8)
        cv2.polylines(canvas, shape, True, COLOURS[marked.verdict], max(1, round(2.5 * unit)), cv2.LINE_AA)
    picture = Image.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(10, 15 * unit))
    for marked in objects:
        _draw_box(pen, marked, font, unit, picture.size)
    return np.asarray(picture)


def _draw_box(
    pen: ImageDraw.ImageDraw,
    marked: DrawnObject,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    unit: float,
    size: tuple[int, int],
) -> None:
    colour, box = COLOURS[marked.verdict], marked.box
    # Pillow draws the far edges on the pixels it is given: one less, or those of a box at the border are not seen.
    far = (max(box.x, box.x + box.width - 1), max(box.y, box.y + box.height - 1))
    pen.rectangle((box.x, box.y, *far), outline=colour, width=max(1, round(unit)))
    left, top, right, bottom = pen.textbbox((0, 0), marked.label, font=font)
    width, height, pad = right - left, bottom - top, 3 * unit
    # Above the box, moved so that the whole label stays in the picture.
    x = min(max(box.x, 0), max(size[0] - width - 2 * pad, 0))
    y = min(max(box.y - height - 2 * pad, 0), max(size[1] - height - 2 * pad, 0))
    pen.rectangle((x, y, x + width + 2 * pad, y + height + 2 * pad), fill=colour)
    pen.text((x + pad - left, y + pad - top), marked.label, fill="white", font=font)
