"""Annotated photos in the three forms people have them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.domain.errors import InvalidInput, InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo

Pixels = NDArray[np.uint8]
Ids = NDArray[np.int32]

LIMITS = PhotoLimits(max_bytes=100_000_000, max_pixels=120_000_000)


class InvalidTrainingData(InvalidInput):
    """Annotated photos are malformed; the message names the file, and the line where there is one."""


class Form(StrEnum):
    """How annotations are stored; see `read`."""

    COCO = "coco"
    GROUNDTRUTH = "groundtruth"
    MASKS = "masks"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is known of one photo: `ids` int32 [H, W], 0 = ground; `doubtful` ids may hold several objects each."""

    ids: Ids
    doubtful: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AnnotatedPhoto:
    """A photo on disk and how to get its annotation (at the upright photo's size) when it is wanted."""

    path: Path
    annotate: Callable[[tuple[int, int]], Annotation]

    def load(self) -> tuple[Pixels, Annotation]:
        """The upright photo, uint8 [H, W, 3] RGB, and its annotation. Raises InvalidTrainingData."""
        pixels = photo_pixels(self.path)
        return pixels, self.annotate((pixels.shape[0], pixels.shape[1]))


def photo_pixels(path: Path) -> Pixels:
    """Decode a photo as the service would. Raises InvalidTrainingData naming the file."""
    try:
        return decode_photo(path.read_bytes(), LIMITS).pixels
    except OSError as error:
        raise InvalidTrainingData(f"{path}: the photo cannot be read ({error.strerror})") from error
    except InvalidPhoto as error:
        raise InvalidTrainingData(f"{path}: {error}") from error


def read(folder: Path, form: Form) -> list[AnnotatedPhoto]:
    """The annotated photos of a folder, in a fixed order.

    coco: `annotations.json` (instances as polygons or RLE) beside `images/`. groundtruth: SageMaker Ground Truth's
    `output.manifest` of a semantic segmentation job. masks: `images/` and `masks/` of PNGs by the same name, 0 =
    ground, values either classes or instance ids.
    Raises InvalidTrainingData naming the file, and the line where there is one.
    """
    from segmentation import coco, groundtruth, masks

    if not folder.is_dir():
        raise InvalidTrainingData(f"{folder}: no such folder")
    readers = {Form.COCO: coco.read, Form.GROUNDTRUTH: groundtruth.read, Form.MASKS: masks.read}
    photos = readers[form](folder)
    if not photos:
        raise InvalidTrainingData(f"{folder}: no annotated photo in it")
    return photos


def as_instances(regions: Sequence[NDArray[np.bool_]], shape: tuple[int, int], typical: float) -> Annotation:
    """Semantic masks, one a class, as instances: each connected region is one.

    A region that is much larger than `typical` (pixels) or has deep bays may be several touching objects: doubtful.
    """
    ids = np.zeros(shape, np.int32)
    doubtful = set()
    for region in regions:
        count, parts, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=4)
        for part in range(1, count):
            area = int(stats[part, cv2.CC_STAT_AREA])
            if area < SPECK:
                continue
            identity = int(ids.max()) + 1
            mask = parts == part
            ids[mask] = identity
            if area > DOUBTFUL_SIZE * typical or solidity(mask, area) < DOUBTFUL_SOLIDITY:
                doubtful.add(identity)
    return Annotation(ids, frozenset(doubtful))


SPECK = 40
"""Regions of fewer pixels are slips of the brush."""
DOUBTFUL_SIZE = 2.2
DOUBTFUL_SOLIDITY = 0.88


def solidity(mask: NDArray[np.bool_], area: int) -> float:
    """Area over the area of the convex hull; two discs that touch have about 0.87."""
    points = cv2.findNonZero(mask.astype(np.uint8))
    return area / max(float(cv2.contourArea(cv2.convexHull(points))), 1.0)


def region_sizes(mask: NDArray[np.bool_]) -> list[int]:
    """Pixels of each connected region above SPECK."""
    stats = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)[2]
    return [int(area) for area in stats[1:, cv2.CC_STAT_AREA] if area >= SPECK]
