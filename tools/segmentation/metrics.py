"""How well separated objects match known instances: the counts behind every segmentation figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from segmentation.arrays import Mask
from tillsight.domain.arrays import Labels
from tillsight.domain.geometry import Instance, Polygon

CONTACT_SHARE = 0.004
"""Two instances at most this share of the photo's longer side apart are in contact (4 px of 1,024)."""


@dataclass(slots=True)
class InstanceCounts:
    """Counts over photos. A found object matches an instance if their mask IoU exceeds the threshold (50 or 75 %)."""

    photos: int = 0
    instances: int = 0
    found: int = 0
    matched50: int = 0
    matched75: int = 0
    exact: int = 0
    touching: int = 0
    merged: int = 0
    foreground_iou_sum: float = 0.0

    def add(self, other: InstanceCounts) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float]:
        """The figures by name.

        ap50 and ap75 are TP / (TP + FP + FN) at mask IoU > 0.5 and 0.75, as in cell segmentation (Caicedo et al.,
        2018 Data Science Bowl). exact_count is the share of photos with the right number of objects. merges is the
        share of touching pairs of which one found object covers more than half of each. foreground_iou is the mean
        over photos.
        """
        return {
            "foreground_iou": self.foreground_iou_sum / max(self.photos, 1),
            "ap50": self.matched50 / max(self.instances + self.found - self.matched50, 1),
            "ap75": self.matched75 / max(self.instances + self.found - self.matched75, 1),
            "precision50": self.matched50 / max(self.found, 1),
            "recall50": self.matched50 / max(self.instances, 1),
            "exact_count": self.exact / max(self.photos, 1),
            "merges": self.merged / max(self.touching, 1),
        }


def polygon_mask(polygon: Polygon, shape: tuple[int, int]) -> Mask:
    """A polygon's pixels in an image of this (height, width): bool [H, W]."""
    flat = np.asarray(polygon, np.float64).ravel().tolist()
    # pycocotools decides by a pixel's centre. OpenCV's fillPoly would add half a pixel on every side.
    return np.asarray(coco_mask.decode(coco_mask.frPyObjects([flat], *shape))[:, :, 0], bool)


def rasterize(objects: Sequence[Instance], shape: tuple[int, int]) -> Labels:
    """The objects' polygons as ids 1.. in an int32 [H, W]; where two overlap, the later one."""
    ids = np.zeros(shape, np.int32)
    for identity, found in enumerate(objects, start=1):
        ids[polygon_mask(found.polygon, shape)] = identity
    return ids


def count_matches(truth: Labels, objects: Sequence[Instance]) -> InstanceCounts:
    """Compare the objects found in one photo with its instance ids, int32 [H, W], 0 for the background."""
    truth = np.unique(truth, return_inverse=True)[1].reshape(truth.shape) + int(truth.min() > 0)
    instances, count = int(truth.max()), len(objects)
    predicted = rasterize(objects, (truth.shape[0], truth.shape[1]))
    # The overlap of every pair in one pass: each pixel's pair of ids is one number.
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
    return InstanceCounts(
        photos=1,
        instances=instances,
        found=count,
        matched50=int((iou > 0.5).sum()),  # above 0.5 an object can match one instance only
        matched75=int((iou > 0.75).sum()),
        exact=int(instances == count),
        touching=len(pairs),
        merged=merged,
        foreground_iou_sum=float(both / either) if either else 1.0,
    )


def touching_pairs(ids: Labels) -> list[tuple[int, int]]:
    """The pairs of instances at most CONTACT_SHARE of the longer side apart."""
    radius = max(1, round(CONTACT_SHARE * max(ids.shape) / 2))
    window = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    # The largest and the smallest id within the window differ where two instances are close to each other.
    high = ids.astype(np.uint16)
    most = cv2.dilate(high, window)
    least = cv2.erode(np.where(ids > 0, high, np.uint16(65535)), window)
    meet = (most > least) & (least < 65535)
    codes = np.unique(least[meet].astype(np.int64) * 65536 + most[meet])
    return [(int(code // 65536), int(code % 65536)) for code in codes]
