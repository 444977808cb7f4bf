"""The way of a photo, from bytes to verdicts, and what it needs of the world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

import numpy as np

from tillsight import imaging, instances, outlines
from tillsight.domain import (
    Box,
    Deadline,
    Instance,
    Recognition,
    RecognizedObject,
    Versions,
)
from tillsight.errors import DeadlineExceeded, InvalidInput
from tillsight.imaging import Photo, PhotoLimits, Pixels
from tillsight.live import Gallery, Live
from tillsight.verdict import CONSIDERED, judge

ROUNDING = 1.0
"""Pixels that a region may reach beyond the photo: a box of an answer, its numbers rounded."""

P = ParamSpec("P")
T = TypeVar("T")


class Segmenter(Protocol):
    """A network that marks objects in a photo."""

    @property
    def version(self) -> str: ...

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the photo it takes, pixels."""

    async def segment(self, image: Pixels, deadline: Deadline) -> Pixels:
        """Maps uint8 [C, H, W] of a letterboxed photo uint8 [H, W, 3]. Raises Unavailable, DeadlineExceeded."""


class Stopwatch:
    """Milliseconds spent at each step, in the order they were taken."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as step `name`."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._steps[name] = (time.perf_counter() - begun) * 1000

    def read(self) -> dict[str, float]:
        """All steps so far, and `total` since the watch was made."""
        return {**self._steps, "total": (time.perf_counter() - self._start) * 1000}


async def in_thread(deadline: Deadline, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run work on pixels off the event loop; raises DeadlineExceeded once the deadline has passed.

    The thread itself cannot be stopped; it ends by itself, as all such work here takes milliseconds.
    """
    try:
        return await asyncio.wait_for(asyncio.to_thread(function, *args, **kwargs), deadline.remaining())
    except TimeoutError:
        raise DeadlineExceeded(f"the deadline passed during {function.__name__}") from None


async def find_instances(
    photo: Photo, segmenter: Segmenter, deadline: Deadline, watch: Stopwatch
) -> tuple[Instance, ...]:
    """The objects a segmenter sees in a photo, in the photo's pixels."""
    with watch.step("segment"):
        image, placement = await in_thread(deadline, imaging.letterbox, photo.pixels, *segmenter.input_size)
        maps = await segmenter.segment(image, deadline)
    with watch.step("separate"):
        return await in_thread(deadline, instances.separate, maps, placement)


def cut(photo: Photo, found: Sequence[Instance], size: int) -> Pixels:
    """The crops of a photo's instances, uint8 [N, size, size, 3]."""
    crops = [imaging.crop(photo.pixels, instance.polygon, size) for instance in found]
    return np.stack(crops) if crops else np.empty((0, size, size, 3), np.uint8)


def masks_of(recognition: Recognition) -> list[list[int]]:
    """The mask of each object as run lengths; see `outlines.run_lengths`."""
    size = recognition.width, recognition.height
    return [outlines.run_lengths(found.instance.polygon, *size) for found in recognition.objects]


def instances_of_regions(photo: Photo, regions: Sequence[Box]) -> tuple[Instance, ...]:
    """Regions a caller named, as instances. Raises InvalidInput for one that is empty or leaves the photo.

    Up to a pixel beyond the border is cut off instead.
    """
    found = []
    for number, box in enumerate(regions):
        left, top = max(box.x, 0.0), max(box.y, 0.0)
        right, bottom = min(box.x + box.width, photo.width), min(box.y + box.height, photo.height)
        inside = (
            box.x >= -ROUNDING
            and box.y >= -ROUNDING
            and right - left >= 1
            and bottom - top >= 1
            and box.x + box.width <= photo.width + ROUNDING
            and box.y + box.height <= photo.height + ROUNDING
        )
        if not inside:  # also where a coordinate is NaN
            raise InvalidInput(
                f"region {number} ({box.x:g}, {box.y:g}, {box.width:g} x {box.height:g}) is empty or leaves "
                f"the photo of {photo.width} x {photo.height} pixels"
            )
        clipped = Box(left, top, right - left, bottom - top)
        found.append(Instance(clipped, imaging.rectangle(left, top, clipped.width, clipped.height), 1.0))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Recognizer:
    """Names the products in a photo."""

    segmenter: Segmenter
    live: Live[Gallery]
    limits: PhotoLimits
    candidates: int

    async def recognize(
        self,
        data: bytes,
        deadline: Deadline,
        store: str = "",
        regions: Sequence[Box] = (),
        candidates: int | None = None,
    ) -> Recognition:
        """Find and name the products in an encoded photo.

        `regions` are recognised as they are instead of looking for objects; `candidates` products are named
        for each object. Raises InvalidPhoto, InvalidInput, Unavailable, DeadlineExceeded.
        """
        watch = Stopwatch()
        with watch.step("decode"):
            photo = await in_thread(deadline, imaging.decode, data, self.limits)
        pair = self.live.pair()
        versions = Versions(self.segmenter.version, pair.embedder.version, pair.gallery.version)
        if regions:
            found = instances_of_regions(photo, regions)
        else:
            found = await find_instances(photo, self.segmenter, deadline, watch)
        objects: tuple[RecognizedObject, ...] = ()
        if found:
            with watch.step("crop"):
                crops = await in_thread(deadline, cut, photo, found, pair.embedder.crop_size)
            with watch.step("embed"):
                vectors = await pair.embedder.embed(crops, deadline)
            with watch.step("search"):
                keep = candidates or self.candidates
                # More than are named: what else is near is part of the verdict.
                matches = await pair.gallery.search(vectors, store, max(keep, CONSIDERED), deadline)
            with watch.step("judge"):
                objects = tuple(
                    RecognizedObject(one, judge(near, one.score, pair.calibration, keep))
                    for one, near in zip(found, matches, strict=True)
                )
        return Recognition(photo.width, photo.height, objects, watch.read(), versions)
