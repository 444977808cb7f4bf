"""How well separated objects match known instances: the counts behind every segmentation figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from tillsight.domain.geometry import Instance

Ids = NDArray[np.int32]

TOUCHING_SHARE = 0.004
"""Of the photo's longer side: two instances no further apart than this touch (4 px of 1,024)."""


@dataclass(slots=True)
class Tally:
    """Counts over photos. A found object matches an instance at mask IoU > the threshold; at most one can above 0.5."""

    photos: int = 0
    instances: int = 0
    found: int = 0
    matched50: int = 0
    matched75: int = 0
    exact: int = 0
    touching: int = 0
    merged: int = 0
    foreground_shared: float = 0.0

    def add(self, other: Tally) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float]:
        """The figures by name.

        ap50 and ap75 are TP / (TP + FP + FN) at mask IoU > 0.5 and 0.75, as the cell-segmentation field has it
        (Caicedo et al., 2018 Data Science Bowl); exact_count the share of photos with the right number of objects;
        merges the share of touching pairs that one found object covers more than half of each; foreground_iou
        the mean over photos.
        """
        return {
            "foreground_iou": self.foreground_shared / max(self.photos, 1),
            "ap50": self.matched50 / max(self.instances + self.found - self.matched50, 1),
            "ap75": self.matched75 / max(self.instances + self.found - self.matched75, 1),
            "precision50": self.matched50 / max(self.found, 1),
            "recall50": self.matched50 / max(self.instances, 1),
            "exact_count": self.exact / max(self.photos, 1),
            "merges": self.merged / max(self.touching, 1),
        }


def drawn(objects: Sequence[Instance], shape: tuple[int, int]) -> Ids:
    """The objects' polygons as ids 1.. in an int32 [H, W]; where two overlap, the later one."""
    ids = np.zeros(shape, np.int32)
    for identity, found in enumerate(objects, start=1):
        flat = np.asarray(found.polygon, np.float64).ravel().tolist()
        # pycocotools counts a pixel by its centre; OpenCV's fillPoly adds half a pixel all round.
        mask = coco_mask.decode(coco_mask.frPyObjects([flat], *shape))[:, :, 0]
        ids[mask > 0] = identity
    return ids


def tally(truth: Ids, objects: Sequence[Instance]) -> Tally:
    """Compare the objects found in one photo with its instance ids, int32 [H, W], 0 = ground."""
    truth = np.unique(truth, return_inverse=True)[1].reshape(truth.shape) + int(truth.min() > 0)
    instances, count = int(truth.max()), len(objects)
    predicted = drawn(objects, (truth.shape[0], truth.shape[1]))
    shared = np.bincount(truth.ravel() * (count + 1) + predicted.ravel(), minlength=(instances + 1) * (count + 1))
    shared = shared.reshape(instances + 1, count + 1).astype(np.float64)
    own, other = shared.sum(axis=1), shared.sum(axis=0)
    union = own[:, None] + other[None, :] - shared
    iou = (shared / np.maximum(union, 1))[1:, 1:]
    pairs = touching_pairs(truth.astype(np.int32))
    cover = shared[:, 1:] / np.maximum(own[:, None], 1)
    merged = sum(bool(((cover[a] > 0.5) & (cover[b] > 0.5)).any()) for a, b in pairs) if count else 0
    both = shared[1:, 1:].sum()
    either = truth.size - shared[0, 0]
    return Tally(
        photos=1,
        instances=instances,
        found=count,
        matched50=int((iou > 0.5).sum()),
        matched75=int((iou > 0.75).sum()),
        exact=int(instances == count),
        touching=len(pairs),
        merged=merged,
        foreground_shared=float(both / either) if either else 1.0,
    )


def touching_pairs(ids: Ids) -> list[tuple[int, int]]:
    """Pairs of instances with at most TOUCHING_SHARE of the longer side between them."""
    radius = max(1, round(TOUCHING_SHARE * max(ids.shape) / 2))
    window = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    high = ids.astype(np.uint16)
    most = cv2.dilate(high, window)
    least = cv2.erode(np.where(ids > 0, high, np.uint16(65535)), window)
    meet = (most > least) & (least < 65535)
    codes = np.unique(least[meet].astype(np.int64) * 65536 + most[meet])
    return [(int(code // 65536), int(code % 65536)) for code in codes]
