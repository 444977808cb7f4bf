"""Synchronises one gallery version with another: embeds kept photos again, relabels rows and removes rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tillsight.domain.arrays import Pixels, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput
from tillsight.gallery.diff import GalleryContents, GalleryDiff, RowMetadata, diff_contents, expected_contents
from tillsight.gallery.ports import PhotoStore, SyncableGallery
from tillsight.gallery.versions import MissingPhoto
from tillsight.imaging.crops import crop_rotations
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.object_selection import select_object
from tillsight.recognition.ports import Embedder, OpenGallery, Segmenter
from tillsight.recognition.threads import run_in_thread

THROTTLED_CROPS, CROPS = 4, 32
"""Crops in one request to the embedder. A recognition request waits behind a running one, so a throttled sync sends
small requests."""
ROWS_PER_WRITE = 256
"""A rebuild that breaks off embeds at most so many rows again."""


@dataclass(slots=True)
class SyncProgress:
    """What a sync has done so far.

    `done` counts the photos of the current pass, the other counters all passes. `missing` is by photo id.
    """

    done: int = 0
    embedded: int = 0
    relabelled: int = 0
    removed: int = 0
    missing: dict[str, MissingPhoto] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GallerySync:
    """Makes gallery versions equal to others."""

    segmenter: Segmenter
    photos: PhotoStore
    limits: PhotoLimits

    async def apply(
        self,
        target: OpenGallery[SyncableGallery],
        diff: GalleryDiff,
        progress: SyncProgress,
        deadline: Deadline,
        share: float = 1.0,
        before_writing: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[None]:
        """Apply a diff to `target`, yielding after each photo; updates `progress`.

        With a `share` of the embedder's time below 1, crops are embedded a few at a time with pauses between. Raises
        what `before_writing` raises, Unavailable and DeadlineExceeded; a repeated call continues the work.
        """

        async def check() -> None:
            if before_writing is not None:
                await before_writing()

        await check()
        await target.gallery.remove(diff.remove, deadline)
        progress.removed += len(diff.remove)
        await target.gallery.relabel(diff.relabel, deadline)
        progress.relabelled += len(diff.relabel)
        crops_per_request = CROPS if share >= 1 else THROTTLED_CROPS
        rows: dict[str, RowMetadata] = {}
        vectors: list[Vectors] = []
        pending: list[Pixels] = []
        embedded = 0
        for number, (photo_id, lacking) in enumerate(diff.embed.items(), start=1):
            crops = await self.crops(photo_id, lacking, target.embedder, progress, deadline)
            if crops is not None:
                pending.append(crops)
                rows.update(lacking)
                embedded += 1
            is_last = number == len(diff.embed)
            if pending and (is_last or sum(map(len, pending)) >= crops_per_request):
                vectors.append(await embed_throttled(share, target.embedder, np.concatenate(pending), deadline))
                pending = []
            if rows and not pending and (is_last or len(rows) >= ROWS_PER_WRITE):
                await check()
                await target.gallery.put(rows, np.concatenate(vectors), deadline)
                progress.embedded += embedded
                rows, vectors, embedded = {}, [], 0
            progress.done = number
            yield

    async def copy_photos(
        self, contents: GalleryContents, rotations: int, target: OpenGallery[SyncableGallery], deadline: Deadline
    ) -> None:
        """Make the rows of some photos in `target` equal to `contents`, read from a gallery with `rotations`.

        The rows of a photo without rows in `contents` are removed. A photo that is not kept is left out.
        """
        if not contents:
            return
        expected = expected_contents(contents, rotations, target.rotations)
        actual = await target.gallery.contents(deadline, sorted(contents))
        async for _ in self.apply(target, diff_contents(expected, actual), SyncProgress(), deadline):
            pass

    async def crops(
        self,
        photo_id: str,
        rows: Mapping[str, RowMetadata],
        embedder: Embedder,
        progress: SyncProgress,
        deadline: Deadline,
    ) -> Pixels | None:
        """The object of a kept photo at the rotations of its rows, uint8 [N, S, S, 3].

        None if the photo is missing or unreadable; `progress` records why.
        """
        try:
            reference = await self.photos.find(photo_id)
            if reference is None:
                raise InvalidInput("its photo is not kept here")
            photo = await run_in_thread(deadline, decode_photo, reference.photo, self.limits)
            polygon = reference.outline or await select_object(photo, reference.region, self.segmenter, deadline)
        except (InvalidInput, OSError) as error:
            first = next(iter(rows.values()))
            progress.missing[photo_id] = MissingPhoto(photo_id, first.product_id, first.store, str(error))
            return None
        degrees = [row.degrees for row in rows.values()]
        return await run_in_thread(deadline, crop_rotations, photo.pixels, polygon, embedder.crop_size, degrees)


async def embed_throttled(share: float, embedder: Embedder, crops: Pixels, deadline: Deadline) -> Vectors:
    """Unit vectors float32 [N, D] of crops; embeds during `share` (0..1) of the time and waits during the rest."""
    size = CROPS if share >= 1 else THROTTLED_CROPS
    vectors = []
    for start in range(0, len(crops), size):
        begun = time.perf_counter()
        vectors.append(await embedder.embed(crops[start : start + size], deadline))
        await asyncio.sleep((time.perf_counter() - begun) * (1 - share) / share)
    return np.concatenate(vectors)
