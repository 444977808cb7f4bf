"""Reference photos to crops at every rotation, and crops to vectors, within enrolment's share of the machine."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

import numpy as np

from tillsight.domain.arrays import Pixels, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.geometry import Polygon
from tillsight.domain.identifiers import rotation_angles
from tillsight.domain.products import Reference
from tillsight.imaging.crops import crop_rotations
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.object_selection import select_object
from tillsight.recognition.ports import Embedder, Segmenter
from tillsight.recognition.threads import run_in_thread

CONCURRENT_PHOTOS = 4
"""Reference photos that are decoded and cropped at the same time, over all calls."""
CROPS_PER_REQUEST = 32
CONCURRENT_REQUESTS = 3
"""Requests of CROPS_PER_REQUEST crops at the embedder at the same time, over all calls. One runs, one waits and one is
being sent: the embedder never waits for enrolment, and a recognition request waits behind few others."""


@dataclass(frozen=True, slots=True)
class EnrolmentConcurrency:
    """How much work enrolment may do at the same time, over all calls."""

    photos: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENT_PHOTOS))
    requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENT_REQUESTS))


async def crop_reference(
    reference: Reference,
    segmenter: Segmenter,
    limits: PhotoLimits,
    crop_size: int,
    rotations: int,
    concurrency: EnrolmentConcurrency,
    deadline: Deadline,
) -> tuple[Pixels, Polygon]:
    """A reference's object at every rotation, uint8 [rotations, S, S, 3], and its outline in the photo's pixels.

    Raises InvalidPhoto, InvalidInput, Unavailable, DeadlineExceeded.
    """
    async with concurrency.photos:
        photo = await run_in_thread(deadline, decode_photo, reference.photo, limits)
        polygon = await select_object(photo, reference.region, segmenter, deadline)
        angles = rotation_angles(rotations)
        return await run_in_thread(deadline, crop_rotations, photo.pixels, polygon, crop_size, angles), polygon


async def embed_crops(
    crops: Pixels, embedder: Embedder, concurrency: EnrolmentConcurrency, deadline: Deadline
) -> Vectors:
    """Unit vectors float32 [N, D] of crops uint8 [N, S, S, 3], one at least. Raises Unavailable, DeadlineExceeded."""

    async def embed(part: Pixels) -> Vectors:
        async with concurrency.requests:
            return await embedder.embed(part, deadline)

    parts = np.array_split(crops, math.ceil(len(crops) / CROPS_PER_REQUEST))
    return np.concatenate(await asyncio.gather(*map(embed, parts)))
