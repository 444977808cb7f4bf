"""Galleries and objects as the service makes them: with the segmenter, and by its own enrolment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np
from rich.progress import Progress

from evaluation import scenes
from evaluation.local_models import NO_DEADLINE, LocalEmbedder, LocalSegmenter
from evaluation.manifests import Entry
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects
from evaluation.scenes import CounterScene
from tillsight.catalogue.enrolment import Enroller
from tillsight.catalogue.name_reservations import NameReservations
from tillsight.catalogue.reference_embedding import EnrolmentConcurrency
from tillsight.domain.errors import InvalidManifest
from tillsight.domain.products import Reference
from tillsight.imaging.crops import crop_instances
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.instances import find_instances
from tillsight.recognition.stopwatch import Stopwatch

ROTATIONS = 8


def enrol_photos(
    entries: Sequence[Entry], segmenter: LocalSegmenter, embedder: LocalEmbedder, progress: Progress
) -> MemoryGallery:
    """The gallery that the service makes of these photos. Raises InvalidManifest for a photo that it refuses."""
    gallery = MemoryGallery()

    async def references() -> AsyncIterator[Reference]:
        for entry in progress.track(entries, description="enrolling"):
            yield Reference(entry.product_id, entry.product_id, entry.image.read_bytes())

    enroller = Enroller(
        segmenter, embedder, gallery, gallery, PhotoLimits(), ROTATIONS, EnrolmentConcurrency(), NameReservations()
    )
    enrolment = asyncio.run(enroller.enrol(references(), NO_DEADLINE))
    for refusal in enrolment.refused:
        raise InvalidManifest(f"{entries[refusal.index].image} (product {refusal.product_id!r}): {refusal.reason}")
    return gallery


def objects_of_scenes(
    counters: Sequence[CounterScene], segmenter: LocalSegmenter, embedder: LocalEmbedder, progress: Progress
) -> QueryObjects:
    """The objects that the service's segmentation finds in counter photos.

    An object has the label of the annotated product that it matches, or none. Without a match it is either on the
    background, or a fragment: a part of a product, or several products at once.
    """
    vectors = [np.zeros((0, embedder.dimension), np.float32)]
    labels: list[str] = []
    photos: list[int] = []
    scores: list[float] = []
    fragments: list[bool] = []
    for number, scene in enumerate(progress.track(counters, description="photos")):
        photo = decode_photo(scene.path.read_bytes(), PhotoLimits())
        found = asyncio.run(find_instances(photo, segmenter, NO_DEADLINE, Stopwatch()))
        shape = (photo.height, photo.width)
        matches = scenes.match([one.polygon for one in found], scene.masks(shape), shape)
        labels += ["" if owner is None else scene.labels[owner] for owner in matches.owners]
        fragments += matches.fragments
        photos += [number] * len(found)
        scores += [one.score for one in found]
        crops = crop_instances(photo.pixels, found, embedder.crop_size)
        vectors.append(asyncio.run(embedder.embed(crops, NO_DEADLINE)))
    return QueryObjects(
        np.concatenate(vectors),
        np.array(labels, str),
        np.array(photos, np.int64),
        np.array(scores),
        np.array(fragments, bool),
    )
