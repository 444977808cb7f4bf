"""A photo fitted whole and undistorted into the segmenter's input."""

from __future__ import annotations

import cv2
import numpy as np

from tillsight.domain.arrays import Pixels
from tillsight.domain.geometry import LetterboxTransform

BACKGROUND_GREY = 114
"""Grey level around a letterboxed photo and around a crop's object: near the mean of ImageNet, so near zero after
normalisation (the value that YOLOv5's letterbox uses)."""


def letterbox(pixels: Pixels, height: int, width: int) -> tuple[Pixels, LetterboxTransform]:
    """Fit a photo, uint8 [H, W, 3], whole and undistorted into uint8 [height, width, 3].

    A portrait photo is first turned by 90 degrees, so that it fills a landscape input as a landscape photo does.
    """
    photo_height, photo_width = pixels.shape[:2]
    turned = (photo_height > photo_width) == (width > height) and photo_height != photo_width
    if turned:
        pixels = np.rot90(pixels)
    rows, columns = pixels.shape[:2]
    scale = min(height / rows, width / columns)
    fitted_rows, fitted_columns = max(1, round(rows * scale)), max(1, round(columns * scale))
    top, left = (height - fitted_rows) // 2, (width - fitted_columns) // 2
    canvas = np.full((height, width, 3), BACKGROUND_GREY, np.uint8)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[top : top + fitted_rows, left : left + fitted_columns] = cv2.resize(
        pixels, (fitted_columns, fitted_rows), interpolation=interpolation
    )
    return canvas, LetterboxTransform(photo_width, photo_height, scale, float(left), float(top), turned)
