"""Bytes to pixels, and pixels to what the networks take. Pure: no servers, no settings, no clocks."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from tillsight.domain import Placement, Polygon
from tillsight.errors import InvalidPhoto

Pixels = NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP")
GROUND = 114
"""Grey level around a letterboxed photo and around a crop's object; near ImageNet's mean, so near zero once
normalised (the ground YOLOv5's letterbox made customary)."""
MARGIN = 0.04
"""Free ground on each side of a crop's object, as a share of its longer side."""
WIGGLE = 0.3
"""How far an outline may run beside a mask's pixels, in pixels, to be a tenth as long."""


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What is refused before a pixel is decoded: encoded bytes, pixels, and the shorter side in pixels."""

    max_bytes: int = 16 * 1024 * 1024
    max_pixels: int = 50_000_000
    min_side: int = 16


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded, upright photo: `pixels` uint8 [H, W, 3] RGB; `alpha` uint8 [H, W] where the file had one."""

    pixels: Pixels
    alpha: Pixels | None = None

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def decode(data: bytes, limits: PhotoLimits) -> Photo:
    """Decode an encoded photo, upright as its EXIF orientation says; transparency is laid on white.

    Raises InvalidPhoto, before any pixel is decoded, for empty or oversized bytes, a format other than
    JPEG, PNG or WebP, and a picture too large or too small; and for data that ends early or is damaged.
    """
    if not data:
        raise InvalidPhoto("the photo is empty (0 bytes): send the bytes of a JPEG, PNG or WebP file")
    if len(data) > limits.max_bytes:
        raise InvalidPhoto(
            f"the photo has {len(data)} bytes, over the limit of {limits.max_bytes}: "
            "send a smaller or more compressed one"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the pixel cap below is ours
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise InvalidPhoto(f"the photo is too large to decode safely: {error}") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise InvalidPhoto(f"the photo is not a {', '.join(FORMATS)} file this service can read") from error
    width, height = picture.size
    if width * height > limits.max_pixels:
        raise InvalidPhoto(
            f"the photo is {width} x {height} pixels, over the limit of {limits.max_pixels}: send a smaller one"
        )
    if min(width, height) < limits.min_side:
        raise InvalidPhoto(f"the photo is {width} x {height} pixels: the shorter side needs {limits.min_side} at least")
    try:
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        return _to_rgb(upright)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise InvalidPhoto(f"the {picture.format} photo is damaged or ends early: {error}") from error


def _to_rgb(picture: Image.Image) -> Photo:
    if picture.mode.startswith("I"):  # 16-bit grey; Pillow's own conversion clips at 255
        grey = (np.asarray(picture).astype(np.float32) / 257.0).round().clip(0, 255).astype(np.uint8)
        return Photo(np.repeat(grey[:, :, None], 3, axis=2))
    if "A" in picture.getbands() or "transparency" in picture.info:
        rgba = np.asarray(picture.convert("RGBA"))
        alpha = rgba[:, :, 3]
        opacity = alpha[:, :, None].astype(np.float32) / 255.0
        on_white = rgba[:, :, :3] * opacity + 255.0 * (1.0 - opacity)
        return Photo(on_white.round().astype(np.uint8), np.ascontiguousarray(alpha))
    return Photo(np.asarray(picture.convert("RGB")))


def letterbox(pixels: Pixels, height: int, width: int) -> tuple[Pixels, Placement]:
    """Fit a photo, uint8 [H, W, 3], whole and undistorted into uint8 [height, width, 3].

    A portrait photo is first turned a quarter, so that it fills a landscape input as well as a landscape one.
    """
    photo_height, photo_width = pixels.shape[:2]
    turned = (photo_height > photo_width) == (width > height) and photo_height != photo_width
    if turned:
        pixels = np.rot90(pixels)
    rows, columns = pixels.shape[:2]
    scale = min(height / rows, width / columns)
    fitted_rows, fitted_columns = max(1, round(rows * scale)), max(1, round(columns * scale))
    top, left = (height - fitted_rows) // 2, (width - fitted_columns) // 2
    canvas = np.full((height, width, 3), GROUND, np.uint8)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[top : top + fitted_rows, left : left + fitted_columns] = cv2.resize(
        pixels, (fitted_columns, fitted_rows), interpolation=interpolation
    )
    return canvas, Placement(photo_width, photo_height, scale, float(left), float(top), turned)


def rectangle(x: float, y: float, width: float, height: float) -> Polygon:
    """The polygon of an axis-aligned rectangle, in pixels of the photo."""
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def crop(pixels: Pixels, polygon: Polygon, size: int, degrees: float = 0.0) -> Pixels:
    """Cut out what a polygon encloses as uint8 [size, size, 3]: centred, padded square, ground outside neutral.

    The object is turned straight first (`straightening`), and by `degrees` clockwise from there, so that a reference
    can be enrolled as it may lie on a counter; the square is fitted to the turned object.
    """
    points = np.asarray(polygon, np.float32)
    turn = math.radians(straightening(polygon) + degrees)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]], np.float32)
    turned = points @ rotation.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    side = max(float((high - low).max()), 1.0) * (1 + 2 * MARGIN)
    scale = size / side

    # Shrink the region by area first: a warp alone samples, and fine print would alias.
    margin = 2
    x0, y0 = np.floor(points.min(axis=0)).astype(int) - margin
    x1, y1 = np.ceil(points.max(axis=0)).astype(int) + margin
    x0, y0 = max(x0, 0), max(y0, 0)
    region = pixels[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    shrink = (1.0, 1.0)
    if scale < 1:
        shrunk = (max(1, round(region.shape[1] * scale)), max(1, round(region.shape[0] * scale)))
        shrink = (shrunk[0] / region.shape[1], shrunk[1] / region.shape[0])
        region = np.asarray(cv2.resize(region, shrunk, interpolation=cv2.INTER_AREA), np.uint8)

    # Pixel centres: sample (u, v) of the region shows photo point ((u + 0.5) / shrink + x0, ...).
    to_photo = np.array([[1 / shrink[0], 0, 0.5 / shrink[0] + x0], [0, 1 / shrink[1], 0.5 / shrink[1] + y0]])
    linear = scale * rotation.astype(np.float64)
    shift = size / 2 - linear @ ((rotation.T @ ((low + high) / 2)).astype(np.float64)) - 0.5
    matrix = np.hstack([linear @ to_photo[:, :2], (linear @ to_photo[:, 2] + shift)[:, None]])
    # Repeated beyond the photo's border, or an object that touches it would fade into the ground there.
    cut = cv2.warpAffine(region, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    outline = (points.astype(np.float64) @ linear.T + shift) * 16
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], (255,), lineType=cv2.LINE_AA, shift=4)
    opacity = mask.astype(np.float32) / 255.0
    return np.asarray(cv2.blendLinear(cut, np.full_like(cut, GROUND), opacity, 1 - opacity), dtype=np.uint8)


def straightening(polygon: Polygon) -> float:
    """The degrees clockwise, -45 to 45, that lay the smallest rectangle around a polygon along the photo's sides.

    A pack on a counter then lies as its reference does, or at a right angle or two to it.
    """
    angle: float = cv2.minAreaRect(np.asarray(polygon, np.float32))[2]
    return 45.0 - (angle + 45.0) % 90.0


def outline(mask: Pixels) -> Polygon | None:
    """The outer contour of the largest region of a mask, uint8 [H, W] (foreground >= 128), in pixels; None if empty."""
    binary = (mask >= 128).astype(np.uint8)
    contours, _ = cv2.findContours(
        cv2.resize(binary, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    # Doubled pixels have their centres at quarter offsets of the original ones: the contour runs half a
    # doubled pixel inside the true edge.
    points = cv2.approxPolyDP((largest.astype(np.float32) + 0.5) / 2, WIGGLE, closed=True)[:, 0]
    return tuple((float(x), float(y)) for x, y in points) if len(points) > 2 else None
