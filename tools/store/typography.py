"""Letters as coverage masks, stamped in colour. Fonts are the ones matplotlib ships, through FreeType."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from store.colours import Colour

Pixels = npt.NDArray[np.uint8]

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
_DRAWN_AT = 96  # pixels; letters are drawn once at a few sizes and scaled down to the wanted box


@lru_cache(maxsize=64)
def _font(key: str, pixels: int) -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{FONTS[key]}.ttf"), pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def letters(text: str, font: str, pixels: int) -> Pixels:
    """Coverage mask [H, W] of a text (lines split at newlines), tight around its ink."""
    face = _font(font, pixels)
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    spacing = max(1, pixels // 5)
    left, top, right, bottom = probe.multiline_textbbox((0, 0), text, font=face, spacing=spacing)
    sheet = Image.new("L", (max(1, int(right - left) + 2), max(1, int(bottom - top) + 2)), 0)
    ImageDraw.Draw(sheet).multiline_text((1 - left, 1 - top), text, fill=255, font=face, spacing=spacing)
    mask = np.asarray(sheet)
    mask.setflags(write=False)
    return mask


def fitted(text: str, font: str, width: float, height: float, stretch: float = 1.0) -> Pixels:
    """The text's mask scaled to fit in width x height pixels; `stretch` widens letters against height."""
    drawn_at = int(np.clip(8 * np.ceil(height * 1.3 / 8), 16, _DRAWN_AT))
    mask = letters(text, font, drawn_at)
    h, w = mask.shape
    scale = min(width / (w * stretch), height / h)
    size = max(1, int(w * scale * stretch)), max(1, int(h * scale))
    shrinks = scale < 1
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8)


def arched(mask: Pixels, rise: float) -> Pixels:
    """The mask bent upwards in its middle by `rise` of its height (downwards where negative)."""
    h, w = mask.shape
    lift = abs(rise) * h
    out_h = int(h + lift) + 1
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(out_h, dtype=np.float32))
    bend = (2 * x / max(1, w - 1) - 1) ** 2
    offset = bend * lift if rise > 0 else (1 - bend) * lift
    return np.asarray(cv2.remap(mask, x, (y - offset).astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def turned(mask: Pixels, degrees: float) -> Pixels:
    """The mask rotated counter-clockwise in a sheet that holds all of it."""
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(mask, int(degrees // 90) % 4))
    h, w = mask.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    out_w, out_h = int(h * sin + w * cos) + 2, int(h * cos + w * sin) + 2
    turn = np.add(turn, [[0, 0, out_w / 2 - w / 2], [0, 0, out_h / 2 - h / 2]])
    return np.asarray(cv2.warpAffine(mask, turn, (out_w, out_h), flags=cv2.INTER_LINEAR), np.uint8)


def stamp(canvas: Pixels, mask: Pixels, x: float, y: float, colour: Colour, strength: float = 1.0) -> None:
    """Lay a colour through a mask whose centre comes to (x, y); what falls off the canvas is cut."""
    h, w = mask.shape
    left, top = round(x - w / 2), round(y - h / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(canvas.shape[1], left + w), min(canvas.shape[0], top + h)
    if x0 >= x1 or y0 >= y1:
        return
    cover = mask[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.int32)[..., None]
    if strength < 1.0:
        cover = (cover * strength).astype(np.int32)
    field = canvas[y0:y1, x0:x1]
    ground = field.astype(np.int32)
    field[:] = (ground + (np.array(colour, np.int32) - ground) * cover // 255).astype(np.uint8)


def outlined(
    canvas: Pixels, mask: Pixels, x: float, y: float, colour: Colour, edge: Colour, width: float, drop: float = 0.0
) -> None:
    """Stamp letters with an outline of `width` pixels and, below it, a shadow dropped by `drop` pixels."""
    reach = max(1, round(width))
    padded = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=(0,))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    grown = np.asarray(cv2.dilate(padded, kernel), np.uint8)
    if drop > 0:
        stamp(canvas, grown, x + drop, y + drop, (20, 16, 20), 0.45)
    stamp(canvas, grown, x, y, edge)
    stamp(canvas, mask, x, y, colour)


def write(
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
    """Write a text centred at (x, y), as large as fits the given box in pixels."""
    mask = fitted(text, font, width, height, stretch)
    stamp(canvas, turned(mask, degrees) if degrees else mask, x, y, colour)
