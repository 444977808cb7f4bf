"""Draws recognised objects on a photo: boxes, mask outlines and labels. Pure."""

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
"""RGB. Colour-blind people can distinguish them: the palette of Okabe and Ito (Color Universal Design, 2008)."""


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """An object to draw. Lengths are pixels of the upright photo."""

    box: Box
    outline: Polygon
    label: str
    verdict: Verdict


def draw_objects(pixels: Pixels, objects: list[DrawnObject]) -> Pixels:
    """The photo uint8 [H, W, 3] with the mask of each object tinted and outlined, its box and its label drawn."""
    unit = max(pixels.shape[:2]) / 1000  # line widths and fonts grow with the photo
    canvas = np.ascontiguousarray(pixels).copy()
    for drawn in objects:
        if not drawn.outline:
            continue
        shape = [np.asarray(drawn.outline, np.float32).round().astype(np.int32)]
        tint = canvas.copy()
        cv2.fillPoly(tint, shape, COLOURS[drawn.verdict])
        canvas = np.asarray(cv2.addWeighted(tint, 0.25, canvas, 0.75, 0), np.uint8)
        cv2.polylines(canvas, shape, True, COLOURS[drawn.verdict], max(1, round(2.5 * unit)), cv2.LINE_AA)
    picture = Image.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(10, 15 * unit))
    for drawn in objects:
        _draw_box(pen, drawn, font, unit, picture.size)
    return np.asarray(picture)


def _draw_box(
    pen: ImageDraw.ImageDraw,
    drawn: DrawnObject,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    unit: float,
    size: tuple[int, int],
) -> None:
    colour, box = COLOURS[drawn.verdict], drawn.box
    # Pillow includes the far corner: one pixel less, so that the edges of a box at the image border stay visible.
    far = (max(box.x, box.x + box.width - 1), max(box.y, box.y + box.height - 1))
    pen.rectangle((box.x, box.y, *far), outline=colour, width=max(1, round(unit)))
    left, top, right, bottom = pen.textbbox((0, 0), drawn.label, font=font)
    width, height, pad = right - left, bottom - top, 3 * unit
    # The label is above the box, shifted so that it stays completely inside the picture.
    x = min(max(box.x, 0), max(size[0] - width - 2 * pad, 0))
    y = min(max(box.y - height - 2 * pad, 0), max(size[1] - height - 2 * pad, 0))
    pen.rectangle((x, y, x + width + 2 * pad, y + height + 2 * pad), fill=colour)
    pen.text((x + pad - left, y + pad - top), drawn.label, fill="white", font=font)
