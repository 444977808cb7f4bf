"""The catalogue's use cases: enrol, remove, show, find and list products; describe, export and load the gallery."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tillsight import imaging
from tillsight.depiction import outline
from tillsight.domain import (
    Box,
    Deadline,
    Enrolment,
    Foreseen,
    GalleryDescription,
    GalleryRow,
    Nearest,
    Product,
    ProductDetails,
    ProductKey,
    Reference,
    Removal,
)
from tillsight.enrolment import Enroller, Pace, PhotoKeeper, WritableGallery
from tillsight.errors import InvalidInput, NotFound
from tillsight.imaging import PhotoLimits
from tillsight.outlines import bounding_box
from tillsight.recognizer import Embedder, Gallery, Segmenter, in_thread
from tillsight.reference import photo_of
from tillsight.transfer import Loader, Origin, TransferableGallery
from tillsight.verdict import Calibration


class EditableGallery(WritableGallery, TransferableGallery, Gallery, Protocol):
    """The gallery as the catalogue reads and edits it. Each method raises Unavailable and DeadlineExceeded."""

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        """All rows of a store's own products: product ids by reference_id."""

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        """Delete rows. Acknowledged means that no search returns them."""

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails | None:
        """A product and its references, or None where it has no row."""

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """The first `count` products that a store may see, after one of them, by id and store."""

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions."""


class References(PhotoKeeper, Protocol):
    """Where enrolled photos are kept, until their product is removed."""

    async def forget(self, photo_ids: Sequence[str]) -> None:
        """Delete kept photos; those that are not there stay away."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Reads and edits the gallery."""

    segmenter: Segmenter
    embedder: Embedder
    gallery: EditableGallery
    references: References
    limits: PhotoLimits
    rotations: int
    pace: Pace = field(default_factory=Pace)

    @property
    def calibration(self) -> Calibration:
        """How similarities are judged: by the gallery's own calibration, else by the embedder's."""
        return self.gallery.calibration or self.embedder.calibration

    async def calibrate(self, calibration: Calibration, fingerprint: str, deadline: Deadline) -> str:
        """Keep with the live gallery how its similarities are judged from now on; the gallery's version.

        `fingerprint` is that of the embedder it was fitted to; raises InvalidInput where that is another one,
        Unavailable, DeadlineExceeded.
        """
        if fingerprint != self.embedder.fingerprint:
            raise InvalidInput(
                f"the calibration was fitted to embedder {fingerprint or 'unknown'}, but Triton serves embedder "
                f"{self.embedder.fingerprint}: fit one to that"
            )
        await self.gallery.set_calibration(calibration, deadline)
        return self.gallery.version

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """Enrol reference photos as they come; see `Enrolment`.

        One that is already there is left as it is but for its attributes, so a call that broke off may simply be
        repeated. Raises Unavailable, DeadlineExceeded; what was enrolled until then stays.
        """
        return await self._enroller.enrol(references, deadline)

    async def foresee(self, references: Iterable[tuple[str, Reference]], deadline: Deadline) -> list[Foreseen]:
        """What `enrol` would do with references, given their photo ids in place of their photos; nothing is written.

        A photo that cannot be read, and a name that another of these references gives first, is told by `enrol`
        alone. Raises Unavailable, DeadlineExceeded.
        """
        return await self._enroller.foresee(references, deadline)

    @property
    def _enroller(self) -> Enroller:
        return Enroller(
            self.segmenter, self.embedder, self.gallery, self.references, self.limits, self.rotations, self.pace
        )

    async def remove(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> Removal:
        """Remove a store's own products (with an empty store, shared ones) and the photos kept of them.

        Raises Unavailable, DeadlineExceeded; the call may then simply be repeated.
        """
        wanted = dict.fromkeys(product_ids)
        rows = await self.gallery.rows_of(list(wanted), store, deadline)
        # Photos first: were they last, a call that broke off between would leave photos no row leads to any more,
        # and a rebuild would bring the product back.
        await self.references.forget(sorted({photo_of(reference_id) for reference_id in rows}))
        await self.gallery.remove(list(rows), deadline)
        there = set(rows.values())
        return Removal(len(there), len(rows), tuple(one for one in wanted if one not in there))

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails:
        """A product and its references. Raises NotFound, Unavailable, DeadlineExceeded."""
        found = await self.gallery.product(key, deadline)
        if found is None:
            product_id, store = key
            if store:
                raise NotFound(
                    f"store {store!r} has no product {product_id!r} of its own: name no store for a shared one"
                )
            raise NotFound(f"there is no shared product {product_id!r}: name the store for one of its own")
        return found

    async def nearest(
        self, data: bytes, region: Box | None, whole: bool, store: str, count: int, deadline: Deadline
    ) -> Nearest:
        """The `count` products nearest to an object of an encoded photo, among those a store may see.

        The object is the whole photo, or as for enrolment the one at a region or, without a region, the one that
        stands out. Raises InvalidPhoto, InvalidInput, Unavailable, DeadlineExceeded.
        """
        photo = await in_thread(deadline, imaging.decode, data, self.limits)
        if whole:
            polygon = imaging.rectangle(0, 0, photo.width, photo.height)
        else:
            polygon = await outline(photo, region, self.segmenter, deadline)
        crop = await in_thread(deadline, imaging.crop, photo.pixels, polygon, self.embedder.crop_size)
        vectors = await self.embedder.embed(crop[None], deadline)
        (matches,) = await self.gallery.search(vectors, store, count, deadline)
        return Nearest(tuple(matches), bounding_box(polygon))

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """A page of products, by id; see `EditableGallery.products`."""
        return await self.gallery.products(store, after, count, deadline)

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions of the live gallery."""
        return await self.gallery.describe(deadline)

    def rows(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        """All rows of all stores, a page at a time. Raises Unavailable, DeadlineExceeded."""
        return self.gallery.pages(deadline)

    async def load(self, origin: Origin, pages: AsyncIterable[Sequence[GalleryRow]], deadline: Deadline) -> int:
        """Write rows that another gallery gave; see `transfer.Loader.load`."""
        return await Loader(self.embedder, self.gallery).load(origin, pages, deadline)
