"""Which object of a photo is meant: the one at a region, the one that dominates, or the whole photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidPhoto
from tillsight.domain.geometry import Box, Instance, Polygon
from tillsight.imaging.decoding import Photo
from tillsight.imaging.masks import polygon_from_mask
from tillsight.imaging.polygons import box_iou, polygon_area, rectangle_polygon
from tillsight.recognition.instances import find_instances, instances_from_regions
from tillsight.recognition.ports import Segmenter
from tillsight.recognition.stopwatch import Stopwatch

REGION_IOU = 0.5
"""An object is the one a region points at if their boxes overlap by more than this share of their union."""


async def select_object(photo: Photo, region: Box | None, segmenter: Segmenter, deadline: Deadline) -> Polygon:
    """What in a photo is meant: the object at a region, or with none its mask or the one object that stands out.

    Raises InvalidInput for a region that leaves the photo, InvalidPhoto for one transparent all over, Unavailable,
    DeadlineExceeded.
    """
    if region is not None:
        (named,) = instances_from_regions(photo, [region])
        if covers_photo(photo, region):
            return named.polygon
        return polygon_at_region(region, await find_instances(photo, segmenter, deadline, Stopwatch())) or named.polygon
    return polygon_from_alpha(photo) or dominant_polygon(
        photo, await find_instances(photo, segmenter, deadline, Stopwatch())
    )


def covers_photo(photo: Photo, region: Box) -> bool:
    """Whether a region is the whole photo."""
    return (region.x, region.y, region.width, region.height) == (0, 0, photo.width, photo.height)


def polygon_at_region(region: Box, found: Sequence[Instance]) -> Polygon | None:
    """The outline of the object that a region points at, if one is there."""
    best = max(found, key=lambda instance: box_iou(instance.box, region), default=None)
    return best.polygon if best is not None and box_iou(best.box, region) > REGION_IOU else None


MIN_AREA_SHARE = 0.02
"""Smaller than this share of the photo, an object is not what a reference photo was taken of."""
DOMINANT_SHARE = 0.7
"""The share of all found area that the object must have to be the one the photo was taken of."""


def polygon_from_alpha(photo: Photo) -> Polygon | None:
    """The outline that a photo's transparency gives; None without any. Raises InvalidPhoto: transparent all over."""
    if photo.alpha is None or int(photo.alpha.min()) >= 128:
        return None
    traced = polygon_from_mask(photo.alpha)
    if traced is None:
        raise InvalidPhoto("the photo is transparent all over: there is no object in it")
    return traced


def dominant_polygon(photo: Photo, found: Sequence[Instance]) -> Polygon:
    """What a reference photo was taken of: the one object that stands out, else the whole photo."""
    whole = rectangle_polygon(0, 0, photo.width, photo.height)
    if not found:
        return whole
    areas = [polygon_area(instance.polygon) for instance in found]
    largest = int(np.argmax(areas))
    if areas[largest] < MIN_AREA_SHARE * photo.width * photo.height or areas[largest] < DOMINANT_SHARE * sum(areas):
        return whole
    return found[largest].polygon
