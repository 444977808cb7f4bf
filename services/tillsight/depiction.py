"""What in a photo is meant: the object a region points at, the one that stands out, or the whole photo."""

from __future__ import annotations

from collections.abc import Sequence

from tillsight.domain import Box, Deadline, Instance, Polygon
from tillsight.imaging import Photo
from tillsight.recognizer import Segmenter, Stopwatch, find_instances, instances_of_regions
from tillsight.reference import depicted, masked

POINTED_AT_IOU = 0.5
"""An object is the one a region points at if their boxes overlap by more than this share of their union."""


async def outline(photo: Photo, region: Box | None, segmenter: Segmenter, deadline: Deadline) -> Polygon:
    """What in a photo is meant: the object at a region, or with none its mask or the one object that stands out.

    Raises InvalidInput for a region that leaves the photo, InvalidPhoto for one transparent all over, Unavailable,
    DeadlineExceeded.
    """
    if region is not None:
        (named,) = instances_of_regions(photo, [region])
        if is_whole(photo, region):
            return named.polygon
        return pointed_at(region, await find_instances(photo, segmenter, deadline, Stopwatch())) or named.polygon
    return masked(photo) or depicted(photo, await find_instances(photo, segmenter, deadline, Stopwatch()))


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(across, 0.0) * max(down, 0.0)
    return both / (one.width * one.height + other.width * other.height - both) if both else 0.0


def is_whole(photo: Photo, region: Box) -> bool:
    """Whether a region is the whole photo."""
    return (region.x, region.y, region.width, region.height) == (0, 0, photo.width, photo.height)


def pointed_at(region: Box, found: Sequence[Instance]) -> Polygon | None:
    """The outline of the object that a region points at, if one is there."""
    best = max(found, key=lambda instance: iou(instance.box, region), default=None)
    return best.polygon if best is not None and iou(best.box, region) > POINTED_AT_IOU else None
