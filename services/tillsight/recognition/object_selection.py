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

MIN_AREA_SHARE = 0.02
"""An object with a smaller share of the photo's area does not dominate it."""
DOMINANT_SHARE = 0.7
"""The share of the area of all objects that the largest one must have to dominate."""
REGION_IOU = 0.5
"""A region means an object if the IoU of their boxes is above this value."""


async def select_object(photo: Photo, region: Box | None, segmenter: Segmenter, deadline: Deadline) -> Polygon:
    """The outline of the object that is meant, in the photo's pixels.

    With a region: the object there, or the region itself if no object is there or the region is the whole photo.
    Without a region: the photo's transparency mask if it has one, else the object that dominates the photo, else the
    whole photo. Raises InvalidInput for a region that exceeds the photo, InvalidPhoto for a fully transparent photo,
    Unavailable, DeadlineExceeded.
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
    """The outline of the object at a region; None if no box overlaps the region enough."""
    best = max(found, key=lambda instance: box_iou(instance.box, region), default=None)
    return best.polygon if best is not None and box_iou(best.box, region) > REGION_IOU else None


def polygon_from_alpha(photo: Photo) -> Polygon | None:
    """The outline of a photo's opaque part; None for an opaque photo. Raises InvalidPhoto for a transparent one."""
    if photo.alpha is None or int(photo.alpha.min()) >= 128:
        return None
    polygon = polygon_from_mask(photo.alpha)
    if polygon is None:
        raise InvalidPhoto("the photo is fully transparent: send one in which the object is opaque")
    return polygon


def dominant_polygon(photo: Photo, found: Sequence[Instance]) -> Polygon:
    """The outline of the object that dominates a reference photo, else the whole photo."""
    whole = rectangle_polygon(0, 0, photo.width, photo.height)
    if not found:
        return whole
    areas = [polygon_area(instance.polygon) for instance in found]
    largest = int(np.argmax(areas))
    if areas[largest] < MIN_AREA_SHARE * photo.width * photo.height or areas[largest] < DOMINANT_SHARE * sum(areas):
        return whole
    return found[largest].polygon
