"""Photographed objects cut out of their background, as RGBA that `store.scenes` can place on a counter."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from store.arrays import Mask
from tillsight.domain.arrays import Pixels


def from_plain_background(photo: Pixels, tolerance: int = 10) -> Pixels:
    """The object of a studio photo on a plain background: uint8 [H, W, 3] RGB in, cropped uint8 RGBA out.

    The background is what a flood fill from the image border reaches over pixels within `tolerance` grey levels of
    the border's median in each channel. The object is the largest remaining component, its holes filled, its edge
    softened by about a pixel. The default of 10 levels keeps the white faces of the Grocery Store Dataset's cartons
    closed on their white background; at 48 the flood leaks into a third of them. A photo with a soft shadow needs a
    higher value.
    Raises ValueError if the photo is not uint8 [H, W, 3] or shows nothing but background.
    """
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise ValueError(f"a studio photo must be uint8 [H, W, 3]; this one is {photo.dtype} {list(photo.shape)}")
    h, w = photo.shape[:2]
    border = np.concatenate([photo[0], photo[-1], photo[:, 0], photo[:, -1]])
    near = np.abs(photo.astype(np.int16) - np.median(border, axis=0)).max(axis=2) <= tolerance
    # flood fill from the border: pad with background and take the component of the padding
    _, regions = cv2.connectedComponents(np.pad(near, 1, constant_values=True).astype(np.uint8), connectivity=4)
    solid = (regions[1:-1, 1:-1] != regions[0, 0]).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, components, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    if count < 2:
        raise ValueError("no object found in this studio photo: it is blank, or its background is not plain")
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    outlines, _ = cv2.findContours((components == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros((h, w), np.uint8)
    cv2.drawContours(mask, outlines, -1, (255,), -1)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    mask = np.asarray(cv2.erode(mask, cross), np.uint8)  # pixels on the outline are half background
    soft = cv2.GaussianBlur(mask, (0, 0), 0.7)
    return tight(np.dstack([_extend_colours(photo, mask), soft]))


def from_alpha(image: Pixels | Path | str) -> Pixels:
    """An image with an alpha channel, or the path of one, as cropped uint8 RGBA.

    Raises ValueError if there is no alpha channel or no opaque pixel; OSError if the file cannot be read.
    """
    if isinstance(image, str | Path):
        with Image.open(image) as opened:
            if opened.mode not in ("RGBA", "LA", "PA") and "transparency" not in opened.info:
                raise ValueError(f"{image} has no alpha channel: give a PNG with one, or use from_plain_background")
            pixels = np.asarray(opened.convert("RGBA"))
    else:
        pixels = image
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise ValueError(f"a cut-out must be uint8 [H, W, 4]; this one is {pixels.dtype} {list(pixels.shape)}")
    return tight(pixels)


def tight(rgba: Pixels) -> Pixels:
    """Crop to the pixels that are more than half opaque. Raises ValueError if there are none."""
    solid = rgba[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if rows.size == 0:
        raise ValueError("this cut-out is transparent everywhere: give one with opaque pixels")
    return np.ascontiguousarray(rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _extend_colours(photo: Pixels, mask: Mask) -> Pixels:
    """Extend the object's colours past its edge, so that no background colour shows at the soft edge."""
    inside = (mask > 127).astype(np.float32)
    colour = photo.astype(np.float32) * inside[..., None]
    weight = cv2.GaussianBlur(inside, (0, 0), 2.0)[..., None]
    around = cv2.GaussianBlur(colour, (0, 0), 2.0) / np.maximum(weight, 1e-4)
    return np.where(mask[..., None] > 127, photo, np.clip(around, 0, 255).astype(np.uint8)).astype(np.uint8)
