"""Enrolment: reference photos of products become rows of the gallery."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tillsight import imaging
from tillsight.claims import Claims
from tillsight.depiction import outline
from tillsight.domain import (
    Deadline,
    Enrolment,
    Foreseen,
    GalleryRow,
    Outcome,
    Polygon,
    ProductKey,
    Reference,
    Refusal,
)
from tillsight.errors import InvalidInput, InvalidProduct
from tillsight.foresight import LookedUpGallery, Sent, foresee
from tillsight.imaging import Photo, PhotoLimits, Pixels
from tillsight.live import Embedder
from tillsight.recognizer import Segmenter, in_thread
from tillsight.reference import MAX_ID_LENGTH, angles, check_name, photo_id, row_id, row_ids

Vectors = NDArray[np.float32]

GROUP = 32
"""References looked up, embedded and written together."""
GROUPS_AT_ONCE = 3
"""Groups of a call under way: one is embedded while the next is decoded and the one before it written."""
PHOTOS_AT_ONCE = 4
CROPS_A_REQUEST = 32
REQUESTS_AT_ONCE = 3
"""Enrolment's share of the machine, over all calls: photos that are decoded and cut, and requests of so many crops
at the embedder. One request is run, one waits and one is on its way: enough that the embedder never waits, and few
enough that a photo to recognise, which joins the end of its queue, does not wait long."""


class WritableGallery(LookedUpGallery, Protocol):
    """The gallery as enrolment writes it. Each method raises Unavailable and DeadlineExceeded."""

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """Write rows; one whose reference_id is there is replaced. Acknowledged means searchable."""

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """Replace the attributes of rows, by reference_id, and nothing else of them; those not there stay away."""


class PhotoKeeper(Protocol):
    """Where enrolled photos are kept, so that a gallery can be rebuilt for another embedder."""

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Keep a reference; keeping it again changes nothing but its attributes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What enrolment may have under way at a time, over all calls."""

    photos: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PHOTOS_AT_ONCE))
    requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REQUESTS_AT_ONCE))


@dataclass(slots=True, eq=False)
class _Tally:
    enrolled: int = 0
    unchanged: int = 0
    updated: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, sent: Sent, reason: object) -> None:
        self.refused.append(Refusal(sent.index, sent.reference.product_id[:MAX_ID_LENGTH], str(reason)))


@dataclass(frozen=True, slots=True)
class Enroller:
    """Enrols reference photos, each at `rotations` rotations."""

    segmenter: Segmenter
    embedder: Embedder
    gallery: WritableGallery
    references: PhotoKeeper
    limits: PhotoLimits
    rotations: int
    pace: Pace
    claims: Claims

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """See `catalogue.Catalogue.enrol`: groups overlap, and are accepted in the order they came."""
        tally = _Tally()
        names: dict[ProductKey, str] = {}
        under_way: dict[asyncio.Task[None], set[str]] = {}
        accepted = asyncio.Event()
        accepted.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                async for group in _groups(references, deadline):
                    identities = {sent.identity for sent in group}
                    # A photo that is under way already is looked up once it is there.
                    while len(under_way) == GROUPS_AT_ONCE or any(identities & others for others in under_way.values()):
                        done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                        for task in done:
                            del under_way[task]
                    before, accepted = accepted, asyncio.Event()
                    task = tasks.create_task(self._enrol_group(group, names, tally, before, accepted, deadline))
                    under_way[task] = identities
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            self.claims.release(tally)
        refused = sorted(tally.refused, key=lambda refusal: refusal.index)
        return Enrolment(tally.enrolled, tally.unchanged, tuple(refused), tally.updated)

    async def foresee(self, references: Iterable[tuple[str, Reference]], deadline: Deadline) -> list[Foreseen]:
        """See `catalogue.Catalogue.foresee`."""
        sent = [Sent(index, reference, identity) for index, (identity, reference) in enumerate(references)]
        return await foresee(sent, self.gallery, self.rotations, {}, deadline)

    async def _enrol_group(
        self,
        group: Sequence[Sent],
        names: dict[ProductKey, str],
        tally: _Tally,
        before: asyncio.Event,
        accepted: asyncio.Event,
        deadline: Deadline,
    ) -> None:
        """Enrol a group. `before` says that the group before it has accepted its references, `accepted` that it has."""
        fresh = await self._new_ones(group, names, tally, deadline)
        cut = await asyncio.gather(*(self._crops(sent.reference, deadline) for sent in fresh), return_exceptions=True)
        await before.wait()
        taken, pictures = self._accept(fresh, cut, names, tally)
        accepted.set()
        if not taken:
            return
        vectors = await self._embed(np.concatenate(pictures), deadline)
        await asyncio.gather(*(self.references.keep(*one) for one in taken.items()))
        rows = []
        for number, (identity, reference) in enumerate(taken.items()):
            for turn, degrees in enumerate(angles(self.rotations)):
                rows.append(
                    GalleryRow(
                        row_id(identity, degrees),
                        reference.product_id,
                        reference.name,
                        reference.store,
                        degrees,
                        reference.attributes,
                        vectors[number * self.rotations + turn],
                    )
                )
        await self.gallery.upsert(rows, deadline)

    async def _new_ones(
        self, group: Sequence[Sent], names: dict[ProductKey, str], tally: _Tally, deadline: Deadline
    ) -> list[Sent]:
        """The references of a group that are sound and not there yet, the others dealt with."""
        group = [sent for sent in group if self._claimed(sent, tally)]
        fresh: list[Sent] = []
        changed: dict[str, Mapping[str, object]] = {}
        expected = await foresee(group, self.gallery, self.rotations, names, deadline)
        for sent, foreseen in zip(group, expected, strict=True):
            if foreseen.outcome is Outcome.ENROLLED:
                fresh.append(sent)
            elif foreseen.outcome is Outcome.UNCHANGED:
                tally.unchanged += 1
            elif foreseen.outcome is Outcome.REFUSED:
                tally.refuse(sent, foreseen.reason)
            else:
                await self.references.keep(sent.identity, sent.reference)
                changed.update(dict.fromkeys(row_ids(sent.identity, self.rotations), sent.reference.attributes))
                tally.updated += 1
        if changed:
            await self.gallery.set_attributes(changed, deadline)
        return fresh

    def _claimed(self, sent: Sent, tally: _Tally) -> bool:
        """Claim the product's name for the call that `tally` counts; whether that could be done."""
        reference = sent.reference
        try:
            self.claims.claim(tally, (reference.product_id, reference.store), reference.name)
        except InvalidProduct as error:
            tally.refuse(sent, error)
            return False
        return True

    def _accept(
        self,
        fresh: Sequence[Sent],
        cut: Sequence[tuple[Pixels, Polygon] | BaseException],
        names: dict[ProductKey, str],
        tally: _Tally,
    ) -> tuple[dict[str, Reference], list[Pixels]]:
        """The references to enrol by photo id, and the crops of each; the others are refused or found to come twice."""
        taken: dict[str, Reference] = {}
        pictures: list[Pixels] = []
        for sent, result in zip(fresh, cut, strict=True):
            reference = sent.reference
            try:
                if isinstance(result, BaseException):
                    raise result
                crops, polygon = result
                check_name(reference, names)
            except InvalidInput as error:
                tally.refuse(sent, error)
                continue
            names[reference.product_id, reference.store] = reference.name
            if sent.identity not in taken:
                pictures.append(crops)
                tally.enrolled += 1
            elif taken[sent.identity].attributes == reference.attributes:
                tally.unchanged += 1
            else:
                tally.updated += 1
            taken[sent.identity] = replace(reference, outline=polygon)
        return taken, pictures

    async def _embed(self, crops: Pixels, deadline: Deadline) -> Vectors:
        async def part(some: Pixels) -> Vectors:
            async with self.pace.requests:
                return await self.embedder.embed(some, deadline)

        parts = np.array_split(crops, math.ceil(len(crops) / CROPS_A_REQUEST))
        return np.concatenate(await asyncio.gather(*map(part, parts)))

    async def _crops(self, reference: Reference, deadline: Deadline) -> tuple[Pixels, Polygon]:
        """The reference's object at every rotation, uint8 [rotations, S, S, 3], and its outline."""
        async with self.pace.photos:
            photo = await in_thread(deadline, imaging.decode, reference.photo, self.limits)
            polygon = await outline(photo, reference.region, self.segmenter, deadline)
            return await in_thread(deadline, self._turned, photo, polygon), polygon

    def _turned(self, photo: Photo, polygon: Polygon) -> Pixels:
        size = self.embedder.crop_size
        return np.stack([imaging.crop(photo.pixels, polygon, size, turn) for turn in angles(self.rotations)])


async def _groups(references: AsyncIterable[Reference], deadline: Deadline) -> AsyncIterator[list[Sent]]:
    """References as they come, GROUP at a time."""
    group: list[Sent] = []
    index = 0
    async for reference in references:
        group.append(Sent(index, reference, await in_thread(deadline, photo_id, reference)))
        index += 1
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group
