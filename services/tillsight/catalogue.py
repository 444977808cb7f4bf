"""The catalogue's use cases: enrol products by their photos, list them, describe the gallery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tillsight import imaging
from tillsight.domain import (
    Deadline,
    Enrolment,
    GalleryDescription,
    GalleryRow,
    Polygon,
    Product,
    ProductKey,
    Reference,
    Refusal,
)
from tillsight.errors import InvalidInput, InvalidProduct
from tillsight.imaging import Photo, PhotoLimits, Pixels
from tillsight.recognizer import (
    Embedder,
    Segmenter,
    Stopwatch,
    find_instances,
    in_thread,
    instances_of_regions,
)
from tillsight.reference import MAX_ID_LENGTH, check, check_name, depicted, photo_id, row_id

GROUP = 16
"""References taken through the networks together."""


class EditableGallery(Protocol):
    """The gallery as the catalogue edits it. Each method raises Unavailable and DeadlineExceeded."""

    async def present(self, reference_ids: Sequence[str], deadline: Deadline) -> set[str]:
        """Which of these rows the gallery holds."""

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products the gallery holds, by product key."""

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """Write rows; one whose reference_id is there is replaced. Acknowledged means searchable."""

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """The first `count` products that a store may see, after one of them, by id and store."""

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions."""


class References(Protocol):
    """Where enrolled photos are kept, so that a gallery can be rebuilt for another embedder."""

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Keep a reference; keeping it again changes nothing."""


@dataclass(slots=True)
class _Tally:
    enrolled: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, index: int, reference: Reference, error: InvalidInput) -> None:
        self.refused.append(Refusal(index, reference.product_id[:MAX_ID_LENGTH], str(error)))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Edits the gallery."""

    segmenter: Segmenter
    embedder: Embedder
    gallery: EditableGallery
    references: References
    limits: PhotoLimits
    rotations: int

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """Enrol reference photos, in groups as they come; see `Enrolment`.

        One that is already there is left as it is, so a call that broke off may simply be repeated.
        Raises Unavailable, DeadlineExceeded; what was enrolled until then stays.
        """
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
        return Enrolment(tally.enrolled, tally.unchanged, tuple(refused))

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """A page of products, by id; see `EditableGallery.products`."""
        return await self.gallery.products(store, after, count, deadline)

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions of the live gallery."""
        return await self.gallery.describe(deadline)

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
            identity = photo_id(reference)
            if identity in accepted:
                tally.unchanged += 1
                continue
            names[reference.product_id, reference.store] = reference.name
            accepted[identity] = reference
            pictures.append(result)
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
        tally.enrolled += len(accepted)

    async def _new_ones(
        self, group: Sequence[tuple[int, Reference]], tally: _Tally, deadline: Deadline
    ) -> tuple[list[tuple[int, Reference]], dict[ProductKey, str]]:
        """The references of a group that are sound and not there yet, the others counted; the names known so far."""
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
        wanted = [row_id(photo_id(reference), degrees) for _, reference in sound for degrees in self._angles()]
        present = await self.gallery.present(wanted, deadline)
        names = await self.gallery.names(sorted({reference.product_id for _, reference in sound}), deadline)
        fresh: list[tuple[int, Reference]] = []
        for index, reference in sound:
            try:
                check_name(reference, names)
            except InvalidProduct as error:
                tally.refuse(index, reference, error)
                continue
            if all(row_id(photo_id(reference), degrees) in present for degrees in self._angles()):
                tally.unchanged += 1
            else:
                fresh.append((index, reference))
        return fresh, names

    async def _crops(self, reference: Reference, deadline: Deadline) -> Pixels:
        """The reference's object at every rotation, uint8 [rotations, S, S, 3]."""
        photo = await in_thread(deadline, imaging.decode, reference.photo, self.limits)
        polygon = await self._outline(reference, photo, deadline)
        return await in_thread(deadline, self._turned, photo, polygon)

    async def _outline(self, reference: Reference, photo: Photo, deadline: Deadline) -> Polygon:
        if reference.region is not None:
            return instances_of_regions(photo, [reference.region])[0].polygon
        if photo.alpha is not None and int(photo.alpha.min()) < 128:
            traced = imaging.outline(photo.alpha)
            if traced is None:
                raise InvalidProduct("the photo is transparent all over: there is nothing to enrol")
            return traced
        return depicted(photo, await find_instances(photo, self.segmenter, deadline, Stopwatch()))

    def _turned(self, photo: Photo, polygon: Polygon) -> Pixels:
        return np.stack([imaging.crop(photo.pixels, polygon, self.embedder.crop_size, d) for d in self._angles()])

    def _angles(self) -> list[int]:
        return [round(360 * turn / self.rotations) for turn in range(self.rotations)]
