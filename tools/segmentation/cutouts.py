"""Cut-out objects: RGBA images of single objects on a transparent background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tillsight.domain.arrays import Pixels

LARGEST_CUTOUT = 400
"""The longer side at which cut-outs are kept. The network's input is 640 wide, and few objects fill it."""
SMALLEST_LEVEL = 48


@dataclass(frozen=True, slots=True)
class Cutout:
    """An object without its background, as an image pyramid: uint8 RGBA [h, w, 4] levels, largest first."""

    levels: tuple[Pixels, ...]

    @classmethod
    def of(cls, rgba: Pixels) -> Cutout:
        """Shrink uint8 [H, W, 4] to LARGEST_CUTOUT at most and add the smaller levels.

        An affine warp only samples pixels. It takes a level of about the wanted size, which avoids aliasing.
        """
        shrink = LARGEST_CUTOUT / max(rgba.shape[:2])
        if shrink < 1:
            rgba = _resize(rgba, shrink)
        levels = [rgba]
        while max(levels[-1].shape[:2]) > SMALLEST_LEVEL:
            levels.append(_resize(levels[-1], 0.5))
        return cls(tuple(levels))

    @property
    def area(self) -> float:
        """The number of opaque pixels at the largest level."""
        return float((self.levels[0][..., 3] > 127).sum())


def _resize(rgba: Pixels, factor: float) -> Pixels:
    size = max(1, round(rgba.shape[1] * factor)), max(1, round(rgba.shape[0] * factor))
    return np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
