"""One gallery version brought in line with another: kept photos are embedded again, rows relabelled and removed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tillsight import imaging
from tillsight.depiction import outline
from tillsight.difference import Contents, Difference, RowFacts, difference, wanted
from tillsight.domain import Deadline, Reference
from tillsight.errors import InvalidInput
from tillsight.imaging import PhotoLimits, Pixels
from tillsight.live import Embedder, Gallery, Pair
from tillsight.recognizer import Segmenter, in_thread
from tillsight.versions import Missing

GENTLE_CROPS, CROPS = 4, 32
"""Crops in a request to the embedder: while it runs, a call's own request waits in front of it."""
WRITTEN_AT_ONCE = 256
"""Rows; as many are embedded again where a rebuild breaks off."""


class AlignableGallery(Gallery, Protocol):
    """A gallery version as it is compared and brought in line. Each method raises Unavailable, DeadlineExceeded."""

    async def contents(self, deadline: Deadline, photo_ids: Sequence[str] | None = None) -> Contents:
        """All rows, or those of some photos, as anybody wrote them before the call."""

    async def put(self, rows: Mapping[str, RowFacts], vectors: NDArray[np.float32], deadline: Deadline) -> None:
        """Write rows by reference_id, their vectors float32 [N, D] in the same order; those there are replaced."""

    async def relabel(self, rows: Mapping[str, RowFacts], deadline: Deadline) -> None:
        """Replace all but the vector of rows, by reference_id; those not there stay away."""

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        """Delete rows."""


class KeptPhotos(Protocol):
    """Where enrolled photos are kept."""

    async def find(self, photo_id: str) -> Reference | None:
        """The photo as it was enrolled, or None where it is not kept."""


@dataclass(slots=True)
class Tally:
    """What was done so far: `done` photos of a pass, and over all passes the rest. `missing` is by photo id."""

    done: int = 0
    embedded: int = 0
    relabelled: int = 0
    removed: int = 0
    missing: dict[str, Missing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aligner:
    """Brings gallery versions in line with what another one says."""

    segmenter: Segmenter
    references: KeptPhotos
    limits: PhotoLimits

    async def align(
        self,
        target: Pair[AlignableGallery],
        todo: Difference,
        tally: Tally,
        deadline: Deadline,
        share: float = 1.0,
        before_writing: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[None]:
        """Do what a difference says, yielding now and then; `tally` is kept.

        With a `share` of the time below 1 crops are embedded a few at a time, with pauses between. What
        `before_writing` raises ends it, as do Unavailable and DeadlineExceeded; done again it goes on.
        """

        async def check() -> None:
            if before_writing is not None:
                await before_writing()

        await check()
        await target.gallery.remove(todo.remove, deadline)
        tally.removed += len(todo.remove)
        await target.gallery.relabel(todo.relabel, deadline)
        tally.relabelled += len(todo.relabel)
        at_once = CROPS if share >= 1 else GENTLE_CROPS
        rows: dict[str, RowFacts] = {}
        vectors: list[NDArray[np.float32]] = []
        pending: list[Pixels] = []
        embedded = 0
        for photos, (photo, lacking) in enumerate(todo.embed.items(), start=1):
            crops = await self.crops(photo, lacking, target.embedder, tally, deadline)
            if crops is not None:
                pending.append(crops)
                rows.update(lacking)
                embedded += 1
            is_last = photos == len(todo.embed)
            if pending and (is_last or sum(map(len, pending)) >= at_once):
                vectors.append(await embed_at(share, target.embedder, np.concatenate(pending), deadline))
                pending = []
            if rows and not pending and (is_last or len(rows) >= WRITTEN_AT_ONCE):
                await check()
                await target.gallery.put(rows, np.concatenate(vectors), deadline)
                tally.embedded += embedded
                rows, vectors, embedded = {}, [], 0
            tally.done = photos
            yield

    async def bring_over(
        self, contents: Contents, rotations: int, target: Pair[AlignableGallery], deadline: Deadline
    ) -> None:
        """Have a gallery say of some photos what one of another number of rotations says of them.

        A photo without rows is removed, one that is not kept stays away.
        """
        if not contents:
            return
        want = wanted(contents, rotations, target.rotations)
        held = await target.gallery.contents(deadline, sorted(contents))
        async for _ in self.align(target, difference(want, held), Tally(), deadline):
            pass

    async def crops(
        self, photo_id: str, rows: Mapping[str, RowFacts], embedder: Embedder, tally: Tally, deadline: Deadline
    ) -> Pixels | None:
        """The object of a kept photo turned as its rows say, uint8 [N, S, S, 3]; None, and noted, if it is missing."""
        try:
            reference = await self.references.find(photo_id)
            if reference is None:
                raise InvalidInput("its photo is not kept here")
            photo = await in_thread(deadline, imaging.decode, reference.photo, self.limits)
            polygon = reference.outline or await outline(photo, reference.region, self.segmenter, deadline)
        except (InvalidInput, OSError) as error:
            first = next(iter(rows.values()))
            tally.missing[photo_id] = Missing(photo_id, first.product_id, first.store, str(error))
            return None
        degrees = [facts.degrees for facts in rows.values()]

        def turned() -> Pixels:
            return np.stack([imaging.crop(photo.pixels, polygon, embedder.crop_size, one) for one in degrees])

        return await in_thread(deadline, turned)


async def embed_at(share: float, embedder: Embedder, crops: Pixels, deadline: Deadline) -> NDArray[np.float32]:
    """Unit vectors float32 [N, D] of crops, embedded in a share (0..1) of the time, the rest spent waiting."""
    size = CROPS if share >= 1 else GENTLE_CROPS
    vectors = []
    for start in range(0, len(crops), size):
        begun = time.perf_counter()
        vectors.append(await embedder.embed(crops[start : start + size], deadline))
        await asyncio.sleep((time.perf_counter() - begun) * (1 - share) / share)
    return np.concatenate(vectors)
