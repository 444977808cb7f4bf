"""Photographed objects taken off their ground, as RGBA that `store.scenes` can lay on a counter."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


def from_white_ground(photo: Pixels, tolerance: int = 10) -> Pixels:
    """The object of a studio photo on a plain ground: uint8 [H, W, 3] RGB in, tight RGBA out.

    The ground is what a flood from the border reaches over pixels within `tolerance` levels of the border's
    median, each channel. The largest component of the rest is the object, its holes filled, its edge softened by
    about a pixel. At 10 levels the white faces of the Grocery Store Dataset's cartons hold against its white
    ground; at 48 a third of them leak. A photo with a soft shadow wants a higher tolerance.
    Raises ValueError where the photo is not [H, W, 3] or where nothing but ground is found.
    """
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise ValueError(f"a studio photo must be uint8 [H, W, 3]; this one is {photo.dtype} {list(photo.shape)}")
    h, w = photo.shape[:2]
    border = np.concatenate([photo[0], photo[-1], photo[:, 0], photo[:, -1]])
    near = np.abs(photo.astype(np.int16) - np.median(border, axis=0)).max(axis=2) <= tolerance
    _, regions = cv2.connectedComponents(np.pad(near, 1, constant_values=True).astype(np.uint8), connectivity=4)
    solid = (regions[1:-1, 1:-1] != regions[0, 0]).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    if count < 2:
        raise ValueError(
            "nothing stands out from the ground of this studio photo: is it blank, or its ground not plain?"
        )
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    shapes, _ = cv2.findContours((parts == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros((h, w), np.uint8)
    cv2.drawContours(mask, shapes, -1, (255,), -1)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    mask = np.asarray(cv2.erode(mask, cross), np.uint8)  # the outermost ring is half ground
    soft = cv2.GaussianBlur(mask, (0, 0), 0.7)
    return tight(np.dstack([_bled(photo, mask), soft]))


def from_alpha(image: Pixels | Path | str) -> Pixels:
    """A picture with an alpha channel, or the path of one, as tight uint8 RGBA.

    Raises ValueError where there is no alpha channel or nothing is opaque; OSError where the file cannot be read.
    """
    if isinstance(image, str | Path):
        with Image.open(image) as opened:
            if opened.mode not in ("RGBA", "LA", "PA") and "transparency" not in opened.info:
                raise ValueError(f"{image} has no alpha channel: give a PNG with one, or use from_white_ground")
            pixels = np.asarray(opened.convert("RGBA"))
    else:
        pixels = image
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise ValueError(f"a cut-out must be uint8 [H, W, 4]; this one is {pixels.dtype} {list(pixels.shape)}")
    return tight(pixels)


def tight(rgba: Pixels) -> Pixels:
    """Crop to the pixels that are more than half opaque. Raises ValueError where there are none."""
    solid = rgba[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if rows.size == 0:
        raise ValueError("this cut-out is transparent everywhere")
    return np.ascontiguousarray(rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _bled(photo: Pixels, mask: Pixels) -> Pixels:
    """Carry the object's colours outwards past its edge, so that no light ground shows in the soft rim."""
    inside = (mask > 127).astype(np.float32)
    colour = photo.astype(np.float32) * inside[..., None]
    weight = cv2.GaussianBlur(inside, (0, 0), 2.0)[..., None]
    around = cv2.GaussianBlur(colour, (0, 0), 2.0) / np.maximum(weight, 1e-4)
    return np.where(mask[..., None] > 127, photo, np.clip(around, 0, 255).astype(np.uint8)).astype(np.uint8)
