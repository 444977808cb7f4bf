"""The catalogue's use cases: enrol products by their photos, list them, describe the gallery."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tillsight import imaging
from tillsight.domain import (
    Deadline,
    Enrolment,
    GalleryDescription,
    GalleryRow,
    Instance,
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

MAX_ID_LENGTH = 200
MAX_NAME_LENGTH = 400
MAX_ATTRIBUTES_BYTES = 32 * 1024
"""As JSON; Milvus takes 65,536 bytes for all dynamic fields of a row."""
GROUP = 16
"""References taken through the networks together."""
MIN_SHARE = 0.02
"""Smaller than this share of the photo, an object is not what a reference photo was taken of."""
DOMINANCE = 0.7
"""The share of all found area that the object must have to be the one the photo was taken of."""


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


def photo_id(reference: Reference) -> str:
    """The identity of a reference: the same product, store, photo and region always give the same one."""
    digest = hashlib.sha256()
    region = reference.region
    place = f"{region.x:g},{region.y:g},{region.width:g},{region.height:g}" if region else ""
    for part in (reference.product_id, reference.store, place):
        digest.update(part.encode() + b"\0")
    digest.update(reference.photo)
    return digest.hexdigest()[:32]


def row_id(photo: str, degrees: int) -> str:
    """The primary key of the row for a reference turned by `degrees`."""
    return f"{photo}-{degrees:03d}"


def check(reference: Reference) -> None:
    """Raises InvalidProduct, saying what a reference lacks."""
    if not reference.product_id.strip():
        raise InvalidProduct("the product id is empty: every product needs one")
    if not reference.name.strip():
        raise InvalidProduct(f"product {reference.product_id!r} has no name")
    for what, text, limit in (
        ("id", reference.product_id, MAX_ID_LENGTH),
        ("name", reference.name, MAX_NAME_LENGTH),
        ("store", reference.store, MAX_ID_LENGTH),
    ):
        if len(text.encode()) > limit:
            raise InvalidProduct(f"the {what} {text[:40]!r}… has {len(text.encode())} bytes, over the limit of {limit}")
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise InvalidProduct(f"the {what} {text!r} has control characters")
    size = len(json.dumps(dict(reference.attributes), ensure_ascii=False).encode())
    if size > MAX_ATTRIBUTES_BYTES:
        raise InvalidProduct(f"the attributes have {size} bytes as JSON, over the limit of {MAX_ATTRIBUTES_BYTES}")


def check_name(reference: Reference, names: Mapping[ProductKey, str]) -> None:
    """Raises InvalidProduct where the product is known by another name."""
    known_as = names.get((reference.product_id, reference.store), reference.name)
    if known_as != reference.name:
        raise InvalidProduct(f"product {reference.product_id!r} is already called {known_as!r}, not {reference.name!r}")


def area(polygon: Polygon) -> float:
    """The area a polygon encloses, square pixels (shoelace formula)."""
    x, y = np.asarray(polygon, np.float64).T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def depicted(photo: Photo, found: Sequence[Instance]) -> Polygon:
    """What a reference photo was taken of: the one object that stands out, else the whole photo."""
    whole = imaging.rectangle(0, 0, photo.width, photo.height)
    if not found:
        return whole
    areas = [area(instance.polygon) for instance in found]
    largest = int(np.argmax(areas))
    if areas[largest] < MIN_SHARE * photo.width * photo.height or areas[largest] < DOMINANCE * sum(areas):
        return whole
    return found[largest].polygon


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
