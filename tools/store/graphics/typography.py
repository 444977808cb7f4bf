"""Text as coverage masks. The fonts are those that matplotlib ships, rendered by FreeType."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from store.arrays import Mask
from store.colours import Colour
from store.graphics.primitives import paint_mask
from tillsight.domain.arrays import Pixels

FONTS: dict[str, str] = {
    "sans": "DejaVuSans",
    "sans-bold": "DejaVuSans-Bold",
    "sans-slant": "DejaVuSans-BoldOblique",
    "serif": "DejaVuSerif",
    "serif-bold": "DejaVuSerif-Bold",
    "serif-slant": "DejaVuSerif-BoldItalic",
    "mono-bold": "DejaVuSansMono-Bold",
    "times-bold": "STIXGeneralBol",
    "times-slant": "STIXGeneralBolIta",
    "times-italic": "STIXGeneralItalic",
    "roman": "cmb10",
    "grotesque": "cmss10",
}
BRAND_FONTS = (
    "sans-bold",
    "sans-slant",
    "serif-bold",
    "serif-slant",
    "times-bold",
    "times-slant",
    "roman",
    "grotesque",
    "mono-bold",
    "times-italic",
)
_LARGEST_PIXELS = (
    96  # text is rendered at a few font sizes up to this one and scaled to its box, so that the cache holds few
)


@lru_cache(maxsize=64)
def _font(key: str, pixels: int) -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{FONTS[key]}.ttf"), pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def text_mask(text: str, font: str, pixels: int) -> Mask:
    """Coverage mask [H, W] of a text, cropped to its ink; lines split at newlines. Cached and read-only."""
    face = _font(font, pixels)
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    spacing = max(1, pixels // 5)
    left, top, right, bottom = probe.multiline_textbbox((0, 0), text, font=face, spacing=spacing)
    sheet = Image.new("L", (max(1, int(right - left) + 2), max(1, int(bottom - top) + 2)), 0)
    ImageDraw.Draw(sheet).multiline_text((1 - left, 1 - top), text, fill=255, font=face, spacing=spacing)
    mask = np.asarray(sheet)
    mask.setflags(write=False)
    return mask


def fit_text(text: str, font: str, width: float, height: float, stretch: float = 1.0) -> Mask:
    """The text's mask scaled to fit width x height pixels; `stretch` is the width of the letters over their height."""
    font_pixels = int(np.clip(8 * np.ceil(height * 1.3 / 8), 16, _LARGEST_PIXELS))
    mask = text_mask(text, font, font_pixels)
    h, w = mask.shape
    scale = min(width / (w * stretch), height / h)
    size = max(1, int(w * scale * stretch)), max(1, int(h * scale))
    shrinks = scale < 1
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8)


def arch_mask(mask: Mask, rise: float) -> Mask:
    """The mask bent upwards in its middle by `rise` times its height (downwards where negative)."""
    h, w = mask.shape
    lift = abs(rise) * h
    out_h = int(h + lift) + 1
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(out_h, dtype=np.float32))
    bend = (2 * x / max(1, w - 1) - 1) ** 2
    offset = bend * lift if rise > 0 else (1 - bend) * lift
    return np.asarray(cv2.remap(mask, x, (y - offset).astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def rotate_mask(mask: Mask, degrees: float) -> Mask:
    """The mask rotated counter-clockwise; the result holds all of it."""
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(mask, int(degrees // 90) % 4))
    h, w = mask.shape
    transform = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    cos, sin = abs(transform[0, 0]), abs(transform[0, 1])
    out_w, out_h = int(h * sin + w * cos) + 2, int(h * cos + w * sin) + 2
    transform = np.add(transform, [[0, 0, out_w / 2 - w / 2], [0, 0, out_h / 2 - h / 2]])
    return np.asarray(cv2.warpAffine(mask, transform, (out_w, out_h), flags=cv2.INTER_LINEAR), np.uint8)


def paint_outlined(
    canvas: Pixels, mask: Mask, x: float, y: float, colour: Colour, edge: Colour, width: float, drop: float = 0.0
) -> None:
    """Paint a text mask with an outline of `width` pixels over a shadow `drop` pixels below and to the right."""
    reach = max(1, round(width))
    padded = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=(0,))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    grown = np.asarray(cv2.dilate(padded, kernel), np.uint8)
    if drop > 0:
        paint_mask(canvas, grown, x + drop, y + drop, (20, 16, 20), 0.45)
    paint_mask(canvas, grown, x, y, edge)
    paint_mask(canvas, mask, x, y, colour)


def write_text(
    canvas: Pixels,
    text: str,
    x: float,
    y: float,
    width: float,
    height: float,
    colour: Colour,
    font: str = "sans-bold",
    stretch: float = 1.0,
    degrees: float = 0.0,
) -> None:
    """Write a text centred at (x, y), as large as fits width x height pixels."""
    mask = fit_text(text, font, width, height, stretch)
    paint_mask(canvas, rotate_mask(mask, degrees) if degrees else mask, x, y, colour)
