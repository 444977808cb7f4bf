"""The instances of a photo: those the segmenter finds, or regions that the caller names."""

from __future__ import annotations

from collections.abc import Sequence

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput
from tillsight.domain.geometry import Box, Instance
from tillsight.imaging.decoding import Photo
from tillsight.imaging.letterbox import letterbox
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.recognition.instance_separation import separate_instances
from tillsight.recognition.ports import Segmenter
from tillsight.recognition.stopwatch import Stopwatch
from tillsight.recognition.threads import run_in_thread

REGION_TOLERANCE = 1.0
"""Pixels by which a region may exceed the photo: callers send back boxes of answers with rounded numbers."""


async def find_instances(
    photo: Photo, segmenter: Segmenter, deadline: Deadline, watch: Stopwatch
) -> tuple[Instance, ...]:
    """The instances that the segmenter finds, in the photo's pixels. Raises Unavailable, DeadlineExceeded."""
    with watch.step("segment"):
        image, transform = await run_in_thread(deadline, letterbox, photo.pixels, *segmenter.input_size)
        maps = await segmenter.segment(image, deadline)
    with watch.step("separate"):
        return await run_in_thread(deadline, separate_instances, maps, transform)


def instances_from_regions(photo: Photo, regions: Sequence[Box]) -> tuple[Instance, ...]:
    """Regions that a caller named, as rectangular instances.

    Raises InvalidInput for a region that is empty or exceeds the photo by more than REGION_TOLERANCE; less is clipped.
    """
    found = []
    for number, box in enumerate(regions):
        left, top = max(box.x, 0.0), max(box.y, 0.0)
        right, bottom = min(box.x + box.width, photo.width), min(box.y + box.height, photo.height)
        inside = (
            box.x >= -REGION_TOLERANCE
            and box.y >= -REGION_TOLERANCE
            and right - left >= 1
            and bottom - top >= 1
            and box.x + box.width <= photo.width + REGION_TOLERANCE
            and box.y + box.height <= photo.height + REGION_TOLERANCE
        )
        if not inside:  # also if a coordinate is NaN: every comparison with it is false
            raise InvalidInput(
                f"region {number} ({box.x:g}, {box.y:g}, {box.width:g} x {box.height:g}) is empty or exceeds "
                f"the photo of {photo.width} x {photo.height} pixels"
            )
        clipped = Box(left, top, right - left, bottom - top)
        found.append(Instance(clipped, rectangle_polygon(left, top, clipped.width, clipped.height), 1.0))
    return tuple(found)
