"""Maps of a perfect segmenter for objects that tests draw."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.domain.geometry import LetterboxTransform
from tillsight.recognition.instance_separation import (
    OFFSET_KNEE,
    OFFSET_REACH,
)

HEIGHT, WIDTH = 384, 512
WHOLE = LetterboxTransform(WIDTH, HEIGHT, 1.0, 0.0, 0.0, False)
Ids = NDArray[np.int32]


def stored(offset: NDArray[np.floating]) -> NDArray[np.uint8]:
    unit = np.arcsinh(offset / OFFSET_KNEE) / np.arcsinh(OFFSET_REACH / OFFSET_KNEE)
    return np.asarray(np.round((unit + 1) * 127.5), dtype=np.uint8)


def maps_of(ids: Ids) -> NDArray[np.uint8]:
    """The maps a perfect segmenter gives for instance ids, int32 [H, W]."""
    maps = np.full((5, *ids.shape), 0, np.uint8)
    maps[3:] = 128
    maps[0] = np.where(ids > 0, 255, 0)
    for identity in np.unique(ids[ids > 0]):
        own = (ids == identity).astype(np.uint8)
        distance = cv2.distanceTransform(cv2.copyMakeBorder(own, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5)
        distance = distance[1:-1, 1:-1]
        rows, columns = np.nonzero(own)
        maps[1][rows, columns] = np.round(distance[rows, columns] / distance.max() * 255)
        maps[3][rows, columns] = stored(rows.mean() - rows)
        maps[4][rows, columns] = stored(columns.mean() - columns)
    disc = np.ones((5, 5), np.uint8)
    others = cv2.erode(np.where(ids > 0, ids, 9999).astype(np.uint16), disc)
    maps[2][cv2.dilate(ids.astype(np.uint16), disc) > others] = 255
    return maps
