"""Encoded photos to upright RGB pixels."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidPhoto

FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """Limits that are checked before any pixel is decoded: encoded bytes, pixels, and the shorter side in pixels."""

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


def decode_photo(data: bytes, limits: PhotoLimits) -> Photo:
    """Decode an encoded photo: EXIF orientation applied, transparency composed on white.

    Raises InvalidPhoto, before any pixel is decoded, for empty or oversized bytes, a format other than JPEG, PNG or
    WebP, and an image that is too large or too small; and then for data that is truncated or damaged.
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
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the pixel limit below replaces it
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
