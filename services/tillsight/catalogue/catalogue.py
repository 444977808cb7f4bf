"""The catalogue's use cases: enrol, remove, show, search and list products; describe, export and load the gallery."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, field

from tillsight.catalogue.bulk_load import BulkLoader, GalleryOrigin
from tillsight.catalogue.enrolment import Enroller
from tillsight.catalogue.name_reservations import NameReservations
from tillsight.catalogue.ports import EditableGallery
from tillsight.catalogue.reference_embedding import EnrolmentConcurrency
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import GalleryReplaced, InvalidInput, NotFound
from tillsight.domain.geometry import Box
from tillsight.domain.identifiers import ProductKey, photo_id_of_row
from tillsight.domain.products import (
    Enrolment,
    GalleryDescription,
    GalleryRow,
    PreflightResult,
    Product,
    ProductDetails,
    Reference,
    Removal,
)
from tillsight.domain.recognition_results import NearestProducts
from tillsight.gallery.ports import PhotoStore
from tillsight.gallery.sync import GallerySync
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.polygons import bounding_box, rectangle_polygon
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.object_selection import select_object
from tillsight.recognition.ports import LiveGallery, OpenGallery, Segmenter
from tillsight.recognition.product_ranking import nearest_products
from tillsight.recognition.threads import run_in_thread


@dataclass(frozen=True, slots=True)
class _RecordingPhotoStore:
    """A photo store that records the ids of the photos that are kept through it."""

    store: PhotoStore
    kept: set[str] = field(default_factory=set)

    async def keep(self, photo_id: str, reference: Reference) -> None:
        self.kept.add(photo_id)
        await self.store.keep(photo_id, reference)

    async def find(self, photo_id: str) -> Reference | None:
        return await self.store.find(photo_id)

    async def forget(self, photo_ids: Sequence[str]) -> None:
        await self.store.forget(photo_ids)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Reads and edits the live gallery.

    If another gallery version is swapped in during an edit, the edit is copied to that version before it is
    acknowledged.
    """

    segmenter: Segmenter
    live: LiveGallery[EditableGallery]
    photos: PhotoStore
    limits: PhotoLimits
    sync: GallerySync
    concurrency: EnrolmentConcurrency = field(default_factory=EnrolmentConcurrency)
    reservations: NameReservations = field(default_factory=NameReservations)

    async def calibrate(self, calibration: Calibration, fingerprint: str, deadline: Deadline) -> str:
        """Store a calibration with the live gallery and return the gallery version.

        `fingerprint` is the embedder's that it was fitted to. Raises InvalidInput if the gallery has another
        embedder, Unavailable, DeadlineExceeded.
        """
        while True:
            opened = await self.live.for_writing(deadline)
            if fingerprint != opened.embedder.fingerprint:
                raise InvalidInput(
                    f"the calibration was fitted to embedder {fingerprint or 'unknown'}, but the gallery was built by "
                    f"embedder {opened.embedder.fingerprint}: fit a calibration to that embedder"
                )
            await opened.gallery.set_calibration(calibration, deadline)
            if (await self.live.for_writing(deadline)).gallery.version == opened.gallery.version:
                return opened.gallery.version

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """Enrol reference photos as they arrive; see `Enrolment`.

        Of a photo that is already enrolled only changed attributes are written, so a call that broke off may be
        repeated. Raises Unavailable, DeadlineExceeded; photos enrolled before stay enrolled.
        """
        opened = await self.live.for_writing(deadline)
        photos = _RecordingPhotoStore(self.photos)
        enrolment = await self._enroller(opened, photos).enrol(references, deadline)
        while (now := await self.live.for_writing(deadline)).gallery.version != opened.gallery.version:
            contents = await opened.gallery.contents(deadline, sorted(photos.kept))
            enrolled = {photo: contents.get(photo, {}) for photo in photos.kept}
            await self.sync.copy_photos(enrolled, opened.rotations, now, deadline)
            opened = now
        return enrolment

    async def preflight(self, references: Iterable[tuple[str, Reference]], deadline: Deadline) -> list[PreflightResult]:
        """What `enrol` would do with references, given with photo ids and without photos. Writes nothing.

        Unreadable photos, and two names for one product among these references, are found by `enrol` only. Raises
        Unavailable, DeadlineExceeded.
        """
        return await self._enroller(self.live.current(), self.photos).preflight(references, deadline)

    def _enroller(self, opened: OpenGallery[EditableGallery], photos: PhotoStore) -> Enroller:
        return Enroller(
            self.segmenter,
            opened.embedder,
            opened.gallery,
            photos,
            self.limits,
            opened.rotations,
            self.concurrency,
            self.reservations,
        )

    async def remove(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> Removal:
        """Remove a store's own products (with an empty store, shared ones) and their kept photos.

        Raises Unavailable, DeadlineExceeded; the call may be repeated.
        """
        wanted = dict.fromkeys(product_ids)
        found: set[str] = set()
        removed = 0
        now = await self.live.for_writing(deadline)
        while True:
            opened = now
            rows = await opened.gallery.rows_of(list(wanted), store, deadline)
            # Photos first: if the call breaks off in between, the rows still name the photos and it can be repeated.
            await self.photos.forget(sorted({photo_id_of_row(reference_id) for reference_id in rows}))
            await opened.gallery.remove(list(rows), deadline)
            found.update(rows.values())
            removed = max(removed, len(rows))
            now = await self.live.for_writing(deadline)
            if now.gallery.version == opened.gallery.version:
                return Removal(len(found), removed, tuple(one for one in wanted if one not in found))

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails:
        """A product and its references. Raises NotFound, Unavailable, DeadlineExceeded."""
        found = await self.live.current().gallery.product(key, deadline)
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
    ) -> NearestProducts:
        """The `count` products nearest to one object of an encoded photo, among those that a store may see.

        The object is the whole photo, or it is selected as for enrolment: the object at a region, or without a region
        the one that dominates the photo. Raises InvalidPhoto, InvalidInput, Unavailable, DeadlineExceeded.
        """
        opened = self.live.current()
        photo = await run_in_thread(deadline, decode_photo, data, self.limits)
        if whole:
            polygon = rectangle_polygon(0, 0, photo.width, photo.height)
        else:
            polygon = await select_object(photo, region, self.segmenter, deadline)
        crop = await run_in_thread(deadline, crop_polygon, photo.pixels, polygon, opened.embedder.crop_size)
        vectors = await opened.embedder.embed(crop[None], deadline)
        (matches,) = await nearest_products(opened.gallery, vectors, store, count, deadline)
        return NearestProducts(tuple(matches), bounding_box(polygon))

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """A page of products, by id; see `EditableGallery.products`."""
        return await self.live.current().gallery.products(store, after, count, deadline)

    async def describe(self, deadline: Deadline) -> tuple[GalleryDescription, Calibration]:
        """Counts and versions of the live gallery, and its calibration."""
        opened = self.live.current()
        return await opened.gallery.describe(deadline), opened.calibration

    async def export(
        self, deadline: Deadline
    ) -> tuple[GalleryDescription, Calibration, AsyncGenerator[list[GalleryRow], None]]:
        """As `describe`, with all rows of all stores, a page at a time. Raises Unavailable, DeadlineExceeded."""
        opened = self.live.current()
        return await opened.gallery.describe(deadline), opened.calibration, opened.gallery.pages(deadline)

    async def load(self, origin: GalleryOrigin, pages: AsyncIterable[Sequence[GalleryRow]], deadline: Deadline) -> int:
        """Write rows that another gallery exported; see `BulkLoader.load`.

        Raises GalleryReplaced if another version was swapped in during the call.
        """
        opened = await self.live.for_writing(deadline)
        written = await BulkLoader(opened.embedder, opened.gallery).load(origin, pages, deadline)
        if (await self.live.for_writing(deadline)).gallery.version != opened.gallery.version:
            raise GalleryReplaced("another gallery version was swapped in while the rows were written: load them again")
        return written
