"""Enrolment: reference photos of products become rows of the gallery."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tillsight.catalogue.name_reservations import NameReservations
from tillsight.catalogue.ports import EditableGallery
from tillsight.catalogue.preflight import IndexedReference, preflight
from tillsight.catalogue.validation import validate_name
from tillsight.domain.arrays import Pixels, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput, InvalidProduct
from tillsight.domain.geometry import Polygon
from tillsight.domain.identifiers import ProductKey, compute_photo_id, rotation_angles, row_id, row_ids
from tillsight.domain.limits import MAX_ID_LENGTH
from tillsight.domain.products import Enrolment, EnrolmentOutcome, GalleryRow, PreflightResult, Reference, Refusal
from tillsight.gallery.ports import PhotoStore
from tillsight.imaging.crops import crop_rotations
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.object_selection import select_object
from tillsight.recognition.ports import Embedder, Segmenter
from tillsight.recognition.threads import run_in_thread

GROUP_SIZE = 32
"""References looked up, embedded and written together."""
GROUPS_AT_ONCE = 3
"""Groups of a call under way: one is embedded while the next is decoded and the one before it written."""
PHOTOS_AT_ONCE = 4
CROPS_PER_REQUEST = 32
REQUESTS_AT_ONCE = 3
"""Enrolment's share of the machine, over all calls: photos that are decoded and cut, and requests of so many crops
at the embedder. One request is run, one waits and one is on its way: enough that the embedder never waits, and few
enough that a photo to recognise, which joins the end of its queue, does not wait long."""


@dataclass(frozen=True, slots=True)
class EnrolmentConcurrency:
    """What enrolment may have under way at a time, over all calls."""

    photos: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PHOTOS_AT_ONCE))
    requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REQUESTS_AT_ONCE))


@dataclass(slots=True, eq=False)
class _EnrolmentCounts:
    enrolled: int = 0
    unchanged: int = 0
    updated: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, sent: IndexedReference, reason: object) -> None:
        self.refused.append(Refusal(sent.index, sent.reference.product_id[:MAX_ID_LENGTH], str(reason)))


@dataclass(frozen=True, slots=True)
class Enroller:
    """Enrols reference photos, each at `rotations` rotations."""

    segmenter: Segmenter
    embedder: Embedder
    gallery: EditableGallery
    photos: PhotoStore
    limits: PhotoLimits
    rotations: int
    concurrency: EnrolmentConcurrency
    reservations: NameReservations

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """See `catalogue.Catalogue.enrol`: groups overlap, and are accepted in the order they came."""
        tally = _EnrolmentCounts()
        names: dict[ProductKey, str] = {}
        under_way: dict[asyncio.Task[None], set[str]] = {}
        accepted = asyncio.Event()
        accepted.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                async for group in _groups(references, deadline):
                    identities = {sent.photo_id for sent in group}
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
            self.reservations.release(tally)
        refused = sorted(tally.refused, key=lambda refusal: refusal.index)
        return Enrolment(tally.enrolled, tally.unchanged, tuple(refused), tally.updated)

    async def preflight(self, references: Iterable[tuple[str, Reference]], deadline: Deadline) -> list[PreflightResult]:
        """See `catalogue.Catalogue.foresee`."""
        sent = [IndexedReference(index, reference, identity) for index, (identity, reference) in enumerate(references)]
        return await preflight(sent, self.gallery, self.rotations, {}, deadline)

    async def _enrol_group(
        self,
        group: Sequence[IndexedReference],
        names: dict[ProductKey, str],
        tally: _EnrolmentCounts,
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
        await asyncio.gather(*(self.photos.keep(*one) for one in taken.items()))
        rows = []
        for number, (identity, reference) in enumerate(taken.items()):
            for turn, degrees in enumerate(rotation_angles(self.rotations)):
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
        self,
        group: Sequence[IndexedReference],
        names: dict[ProductKey, str],
        tally: _EnrolmentCounts,
        deadline: Deadline,
    ) -> list[IndexedReference]:
        """The references of a group that are sound and not there yet, the others dealt with."""
        group = [sent for sent in group if self._reserved(sent, tally)]
        fresh: list[IndexedReference] = []
        changed: dict[str, Mapping[str, object]] = {}
        expected = await preflight(group, self.gallery, self.rotations, names, deadline)
        for sent, result in zip(group, expected, strict=True):
            if result.outcome is EnrolmentOutcome.ENROLLED:
                fresh.append(sent)
            elif result.outcome is EnrolmentOutcome.UNCHANGED:
                tally.unchanged += 1
            elif result.outcome is EnrolmentOutcome.REFUSED:
                tally.refuse(sent, result.reason)
            else:
                await self.photos.keep(sent.photo_id, sent.reference)
                changed.update(dict.fromkeys(row_ids(sent.photo_id, self.rotations), sent.reference.attributes))
                tally.updated += 1
        if changed:
            await self.gallery.set_attributes(changed, deadline)
        return fresh

    def _reserved(self, sent: IndexedReference, tally: _EnrolmentCounts) -> bool:
        """Claim the product's name for the call that `tally` counts; whether that could be done."""
        reference = sent.reference
        try:
            self.reservations.reserve(tally, (reference.product_id, reference.store), reference.name)
        except InvalidProduct as error:
            tally.refuse(sent, error)
            return False
        return True

    def _accept(
        self,
        fresh: Sequence[IndexedReference],
        cut: Sequence[tuple[Pixels, Polygon] | BaseException],
        names: dict[ProductKey, str],
        tally: _EnrolmentCounts,
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
                validate_name(reference, names)
            except InvalidInput as error:
                tally.refuse(sent, error)
                continue
            names[reference.product_id, reference.store] = reference.name
            if sent.photo_id not in taken:
                pictures.append(crops)
                tally.enrolled += 1
            elif taken[sent.photo_id].attributes == reference.attributes:
                tally.unchanged += 1
            else:
                tally.updated += 1
            taken[sent.photo_id] = replace(reference, outline=polygon)
        return taken, pictures

    async def _embed(self, crops: Pixels, deadline: Deadline) -> Vectors:
        async def part(some: Pixels) -> Vectors:
            async with self.concurrency.requests:
                return await self.embedder.embed(some, deadline)

        parts = np.array_split(crops, math.ceil(len(crops) / CROPS_PER_REQUEST))
        return np.concatenate(await asyncio.gather(*map(part, parts)))

    async def _crops(self, reference: Reference, deadline: Deadline) -> tuple[Pixels, Polygon]:
        """The reference's object at every rotation, uint8 [rotations, S, S, 3], and its outline."""
        async with self.concurrency.photos:
            photo = await run_in_thread(deadline, decode_photo, reference.photo, self.limits)
            polygon = await select_object(photo, reference.region, self.segmenter, deadline)
            crops = await run_in_thread(
                deadline,
                crop_rotations,
                photo.pixels,
                polygon,
                self.embedder.crop_size,
                rotation_angles(self.rotations),
            )
            return crops, polygon


async def _groups(references: AsyncIterable[Reference], deadline: Deadline) -> AsyncIterator[list[IndexedReference]]:
    """References as they come, GROUP at a time."""
    group: list[IndexedReference] = []
    index = 0
    async for reference in references:
        group.append(IndexedReference(index, reference, await run_in_thread(deadline, compute_photo_id, reference)))
        index += 1
        if len(group) == GROUP_SIZE:
            yield group
            group = []
    if group:
        yield group
