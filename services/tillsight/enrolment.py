"""Enrolment: reference photos of products become rows of the gallery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tillsight import imaging
from tillsight.depiction import outline
from tillsight.domain import Deadline, Enrolment, GalleryRow, Polygon, ProductKey, Reference, Refusal
from tillsight.errors import InvalidInput, InvalidProduct
from tillsight.imaging import Photo, PhotoLimits, Pixels
from tillsight.recognizer import Embedder, Segmenter, in_thread
from tillsight.reference import MAX_ID_LENGTH, check, check_name, photo_id, row_id

GROUP = 16
"""References taken through the networks together."""


class WritableGallery(Protocol):
    """The gallery as enrolment writes it. Each method raises Unavailable and DeadlineExceeded."""

    async def held(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """Those of these rows the gallery holds, with their attributes."""

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products the gallery holds, by product key."""

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """Write rows; one whose reference_id is there is replaced. Acknowledged means searchable."""

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        """Replace the attributes of rows, by reference_id, and nothing else of them; those not there stay away."""


class PhotoKeeper(Protocol):
    """Where enrolled photos are kept, so that a gallery can be rebuilt for another embedder."""

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Keep a reference; keeping it again changes nothing but its attributes."""


@dataclass(slots=True)
class _Tally:
    enrolled: int = 0
    unchanged: int = 0
    updated: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, index: int, reference: Reference, error: InvalidInput) -> None:
        self.refused.append(Refusal(index, reference.product_id[:MAX_ID_LENGTH], str(error)))


@dataclass(frozen=True, slots=True)
class Enroller:
    """Enrols reference photos, each at `rotations` rotations."""

    segmenter: Segmenter
    embedder: Embedder
    gallery: WritableGallery
    references: PhotoKeeper
    limits: PhotoLimits
    rotations: int

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """See `catalogue.Catalogue.enrol`."""
        tally = _Tally()
        group: list[tuple[int, Reference]] = []
        index = 0
        async for reference in references:
            group.append((index, reference))
            index += 1
            if len(group) == GROUP:
                await self._enrol_group(group, tally, deadline)
                group = []
        if group:
            await self._enrol_group(group, tally, deadline)
        refused = sorted(tally.refused, key=lambda refusal: refusal.index)
        return Enrolment(tally.enrolled, tally.unchanged, tuple(refused), tally.updated)

    async def _enrol_group(self, group: Sequence[tuple[int, Reference]], tally: _Tally, deadline: Deadline) -> None:
        fresh, names = await self._new_ones(group, tally, deadline)
        crops = await asyncio.gather(
            *(self._crops(reference, deadline) for _, reference in fresh), return_exceptions=True
        )
        accepted: dict[str, Reference] = {}
        pictures: list[Pixels] = []
        for (index, reference), result in zip(fresh, crops, strict=True):
            try:
                if isinstance(result, BaseException):
                    raise result
                check_name(reference, names)
            except InvalidInput as error:
                tally.refuse(index, reference, error)
                continue
            names[reference.product_id, reference.store] = reference.name
            identity = photo_id(reference)
            if identity not in accepted:
                pictures.append(result)
                tally.enrolled += 1
            elif accepted[identity].attributes == reference.attributes:
                tally.unchanged += 1
            else:
                tally.updated += 1
            accepted[identity] = reference
        if not accepted:
            return
        vectors = await self.embedder.embed(np.concatenate(pictures), deadline)
        rows = []
        for number, (identity, reference) in enumerate(accepted.items()):
            await self.references.keep(identity, reference)
            for turn, degrees in enumerate(self._angles()):
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
        self, group: Sequence[tuple[int, Reference]], tally: _Tally, deadline: Deadline
    ) -> tuple[list[tuple[int, Reference]], dict[ProductKey, str]]:
        """The references of a group that are sound and not there yet, the others dealt with; the names known so far."""
        sound: list[tuple[int, Reference]] = []
        for index, reference in group:
            try:
                check(reference)
            except InvalidProduct as error:
                tally.refuse(index, reference, error)
            else:
                sound.append((index, reference))
        if not sound:
            return [], {}
        held = await self.gallery.held([row for _, reference in sound for row in self._row_ids(reference)], deadline)
        names = await self.gallery.names(sorted({reference.product_id for _, reference in sound}), deadline)
        fresh: list[tuple[int, Reference]] = []
        changed: dict[str, Mapping[str, object]] = {}
        for index, reference in sound:
            rows = self._row_ids(reference)
            try:
                check_name(reference, names)
            except InvalidProduct as error:
                tally.refuse(index, reference, error)
                continue
            if not all(row in held for row in rows):
                fresh.append((index, reference))
            elif all(held[row] == reference.attributes for row in rows):
                tally.unchanged += 1
            else:
                await self.references.keep(photo_id(reference), reference)
                changed.update(dict.fromkeys(rows, reference.attributes))
                held.update(changed)  # the photo may come again in this group
                tally.updated += 1
        if changed:
            await self.gallery.set_attributes(changed, deadline)
        return fresh, names

    async def _crops(self, reference: Reference, deadline: Deadline) -> Pixels:
        """The reference's object at every rotation, uint8 [rotations, S, S, 3]."""
        photo = await in_thread(deadline, imaging.decode, reference.photo, self.limits)
        polygon = await outline(photo, reference.region, self.segmenter, deadline)
        return await in_thread(deadline, self._turned, photo, polygon)

    def _turned(self, photo: Photo, polygon: Polygon) -> Pixels:
        return np.stack([imaging.crop(photo.pixels, polygon, self.embedder.crop_size, d) for d in self._angles()])

    def _row_ids(self, reference: Reference) -> list[str]:
        return [row_id(photo_id(reference), degrees) for degrees in self._angles()]

    def _angles(self) -> list[int]:
        return [round(360 * turn / self.rotations) for turn in range(self.rotations)]
