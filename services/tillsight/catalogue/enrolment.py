"""Enrolment: reference photos of products become rows of the gallery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tillsight.catalogue.name_reservations import NameReservations
from tillsight.catalogue.ports import EditableGallery
from tillsight.catalogue.preflight import IndexedReference, preflight
from tillsight.catalogue.reference_embedding import EnrolmentConcurrency, crop_reference, embed_crops
from tillsight.catalogue.validation import validate_name
from tillsight.domain.arrays import Pixels, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidInput, InvalidProduct
from tillsight.domain.geometry import Polygon
from tillsight.domain.identifiers import ProductKey, compute_photo_id, rotation_angles, row_id, row_ids
from tillsight.domain.limits import MAX_ID_LENGTH
from tillsight.domain.products import Enrolment, EnrolmentOutcome, GalleryRow, PreflightResult, Reference, Refusal
from tillsight.gallery.ports import PhotoStore
from tillsight.imaging.decoding import PhotoLimits
from tillsight.recognition.ports import Embedder, Segmenter
from tillsight.recognition.threads import run_in_thread

GROUP_SIZE = 32
"""References that are looked up, embedded and written together."""
CONCURRENT_GROUPS = 3
"""Groups of one call at the same time: one is embedded while the next is decoded and the previous one is written."""


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
        """See `Catalogue.enrol`. Groups overlap in time, but are accepted in the order in which they were sent."""
        counts = _EnrolmentCounts()
        names: dict[ProductKey, str] = {}
        running: dict[asyncio.Task[None], set[str]] = {}
        accepted = asyncio.Event()
        accepted.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                async for group in _groups(references, deadline):
                    photo_ids = {sent.photo_id for sent in group}
                    # A photo that is sent twice waits until the first one is written, and is then found unchanged.
                    while len(running) == CONCURRENT_GROUPS or any(photo_ids & others for others in running.values()):
                        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                        for task in done:
                            del running[task]
                    previous, accepted = accepted, asyncio.Event()
                    task = tasks.create_task(self._enrol_group(group, names, counts, previous, accepted, deadline))
                    running[task] = photo_ids
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            self.reservations.release(counts)
        refused = sorted(counts.refused, key=lambda refusal: refusal.index)
        return Enrolment(counts.enrolled, counts.unchanged, tuple(refused), counts.updated)

    async def preflight(self, references: Iterable[tuple[str, Reference]], deadline: Deadline) -> list[PreflightResult]:
        """See `Catalogue.preflight`."""
        sent = [IndexedReference(index, reference, photo_id) for index, (photo_id, reference) in enumerate(references)]
        return await preflight(sent, self.gallery, self.rotations, {}, deadline)

    async def _enrol_group(
        self,
        group: Sequence[IndexedReference],
        names: dict[ProductKey, str],
        counts: _EnrolmentCounts,
        previous_accepted: asyncio.Event,
        accepted: asyncio.Event,
        deadline: Deadline,
    ) -> None:
        """Enrol a group. Waits for `previous_accepted` before it accepts its references; then sets `accepted`."""
        new = await self._new_references(group, names, counts, deadline)
        crops = await asyncio.gather(*(self._crop(sent.reference, deadline) for sent in new), return_exceptions=True)
        # Of two groups that name one product differently, the one that was sent first wins.
        await previous_accepted.wait()
        to_write, pictures = self._accept(new, crops, names, counts)
        accepted.set()
        if not to_write:
            return
        vectors = await embed_crops(np.concatenate(pictures), self.embedder, self.concurrency, deadline)
        # Photos first: a row without its photo could not be rebuilt for another embedder.
        await asyncio.gather(*(self.photos.keep(photo_id, reference) for photo_id, reference in to_write.items()))
        await self.gallery.upsert(self._rows(to_write, vectors), deadline)

    async def _new_references(
        self,
        group: Sequence[IndexedReference],
        names: dict[ProductKey, str],
        counts: _EnrolmentCounts,
        deadline: Deadline,
    ) -> list[IndexedReference]:
        """The valid references of a group that the gallery lacks. Refuses invalid ones, updates existing ones."""
        group = [sent for sent in group if self._reserve_name(sent, counts)]
        new: list[IndexedReference] = []
        changed: dict[str, Mapping[str, object]] = {}
        results = await preflight(group, self.gallery, self.rotations, names, deadline)
        for sent, result in zip(group, results, strict=True):
            if result.outcome is EnrolmentOutcome.ENROLLED:
                new.append(sent)
            elif result.outcome is EnrolmentOutcome.UNCHANGED:
                counts.unchanged += 1
            elif result.outcome is EnrolmentOutcome.REFUSED:
                counts.refuse(sent, result.reason)
            else:
                await self.photos.keep(sent.photo_id, sent.reference)
                changed.update(dict.fromkeys(row_ids(sent.photo_id, self.rotations), sent.reference.attributes))
                counts.updated += 1
        if changed:
            await self.gallery.set_attributes(changed, deadline)
        return new

    def _reserve_name(self, sent: IndexedReference, counts: _EnrolmentCounts) -> bool:
        """Reserve the product's name for this call; refuses the reference and returns False if another call has it."""
        reference = sent.reference
        try:
            self.reservations.reserve(counts, (reference.product_id, reference.store), reference.name)
        except InvalidProduct as error:
            counts.refuse(sent, error)
            return False
        return True

    def _accept(
        self,
        new: Sequence[IndexedReference],
        crops: Sequence[tuple[Pixels, Polygon] | BaseException],
        names: dict[ProductKey, str],
        counts: _EnrolmentCounts,
    ) -> tuple[dict[str, Reference], list[Pixels]]:
        """The references to write by photo id, and the crops of each; refuses those whose photo or name is invalid."""
        to_write: dict[str, Reference] = {}
        pictures: list[Pixels] = []
        for sent, result in zip(new, crops, strict=True):
            reference = sent.reference
            try:
                if isinstance(result, BaseException):
                    raise result
                validate_name(reference, names)
            except InvalidInput as error:
                counts.refuse(sent, error)
                continue
            names[reference.product_id, reference.store] = reference.name
            turned, polygon = result
            if sent.photo_id not in to_write:
                pictures.append(turned)
                counts.enrolled += 1
            elif to_write[sent.photo_id].attributes == reference.attributes:
                counts.unchanged += 1
            else:
                counts.updated += 1
            to_write[sent.photo_id] = replace(reference, outline=polygon)
        return to_write, pictures

    def _rows(self, references: Mapping[str, Reference], vectors: Vectors) -> list[GalleryRow]:
        """The rows of references by photo id; `vectors` holds those of each reference's rotations in turn."""
        rows = []
        for number, (photo_id, reference) in enumerate(references.items()):
            for turn, degrees in enumerate(rotation_angles(self.rotations)):
                vector = vectors[number * self.rotations + turn]
                product = reference.product_id, reference.name, reference.store
                rows.append(GalleryRow(row_id(photo_id, degrees), *product, degrees, reference.attributes, vector))
        return rows

    async def _crop(self, reference: Reference, deadline: Deadline) -> tuple[Pixels, Polygon]:
        size = self.embedder.crop_size
        return await crop_reference(
            reference, self.segmenter, self.limits, size, self.rotations, self.concurrency, deadline
        )


async def _groups(references: AsyncIterable[Reference], deadline: Deadline) -> AsyncIterator[list[IndexedReference]]:
    """References as they arrive, GROUP_SIZE at a time, each with its photo id."""
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
