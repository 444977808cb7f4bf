"""The catalogue's use cases: enrol, remove, show, find and list products; describe, export and load the gallery."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tillsight import imaging
from tillsight.alignment import AlignableGallery, Aligner
from tillsight.claims import Claims
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
from tillsight.errors import GalleryReplaced, InvalidInput, NotFound
from tillsight.imaging import PhotoLimits
from tillsight.live import Live, Pair
from tillsight.outlines import bounding_box
from tillsight.recognizer import Segmenter, in_thread
from tillsight.reference import photo_of
from tillsight.transfer import Loader, Origin, TransferableGallery
from tillsight.verdict import Calibration


class EditableGallery(WritableGallery, TransferableGallery, AlignableGallery, Protocol):
    """The gallery as the catalogue reads and edits it. Each method raises Unavailable and DeadlineExceeded."""

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        """All rows of a store's own products: product ids by reference_id."""

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


@dataclass(slots=True)
class _Noting:
    """Keeps photos and notes which."""

    references: PhotoKeeper
    photo_ids: set[str] = field(default_factory=set)

    async def keep(self, photo_id: str, reference: Reference) -> None:
        self.photo_ids.add(photo_id)
        await self.references.keep(photo_id, reference)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Reads and edits the live gallery.

    Where another gallery version is swapped in during an edit, the edit is brought over to it before it is
    acknowledged.
    """

    segmenter: Segmenter
    live: Live[EditableGallery]
    references: References
    limits: PhotoLimits
    aligner: Aligner
    pace: Pace = field(default_factory=Pace)
    claims: Claims = field(default_factory=Claims)

    async def calibrate(self, calibration: Calibration, fingerprint: str, deadline: Deadline) -> str:
        """Keep with the live gallery how its similarities are judged from now on; the gallery's version.

        `fingerprint` is that of the embedder it was fitted to; raises InvalidInput where that is another one,
        Unavailable, DeadlineExceeded.
        """
        while True:
            pair = await self.live.settled(deadline)
            if fingerprint != pair.embedder.fingerprint:
                raise InvalidInput(
                    f"the calibration was fitted to embedder {fingerprint or 'unknown'}, but the gallery is embedder "
                    f"{pair.embedder.fingerprint}'s: fit one to that"
                )
            await pair.gallery.set_calibration(calibration, deadline)
            if (await self.live.settled(deadline)).gallery.version == pair.gallery.version:
                return pair.gallery.version

    async def enrol(self, references: AsyncIterable[Reference], deadline: Deadline) -> Enrolment:
        """Enrol reference photos as they come; see `Enrolment`.

        One that is already there is left as it is but for its attributes, so a call that broke off may simply be
        repeated. Raises Unavailable, DeadlineExceeded; what was enrolled until then stays.
        """
        pair = await self.live.settled(deadline)
        keeper = _Noting(self.references)
        enrolment = await self._enroller(pair, keeper).enrol(references, deadline)
        while (now := await self.live.settled(deadline)).gallery.version != pair.gallery.version:
            there = await pair.gallery.contents(deadline, sorted(keeper.photo_ids))
            enrolled = {photo: there.get(photo, {}) for photo in keeper.photo_ids}
            await self.aligner.bring_over(enrolled, pair.rotations, now, deadline)
            pair = now
        return enrolment

    async def foresee(self, references: Iterable[tuple[str, Reference]], deadline: Deadline) -> list[Foreseen]:
        """What `enrol` would do with references, given their photo ids in place of their photos; nothing is written.

        A photo that cannot be read, and a name that another of these references gives first, is told by `enrol`
        alone. Raises Unavailable, DeadlineExceeded.
        """
        return await self._enroller(self.live.pair(), self.references).foresee(references, deadline)

    def _enroller(self, pair: Pair[EditableGallery], keeper: PhotoKeeper) -> Enroller:
        return Enroller(
            self.segmenter,
            pair.embedder,
            pair.gallery,
            keeper,
            self.limits,
            pair.rotations,
            self.pace,
            self.claims,
        )

    async def remove(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> Removal:
        """Remove a store's own products (with an empty store, shared ones) and the photos kept of them.

        Raises Unavailable, DeadlineExceeded; the call may then simply be repeated.
        """
        wanted = dict.fromkeys(product_ids)
        there: set[str] = set()
        removed = 0
        now = await self.live.settled(deadline)
        while True:
            pair = now
            rows = await pair.gallery.rows_of(list(wanted), store, deadline)
            # Photos first: were they last, a call that broke off between would leave photos no row leads to any more.
            await self.references.forget(sorted({photo_of(reference_id) for reference_id in rows}))
            await pair.gallery.remove(list(rows), deadline)
            there.update(rows.values())
            removed = max(removed, len(rows))
            now = await self.live.settled(deadline)
            if now.gallery.version == pair.gallery.version:
                return Removal(len(there), removed, tuple(one for one in wanted if one not in there))

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails:
        """A product and its references. Raises NotFound, Unavailable, DeadlineExceeded."""
        found = await self.live.pair().gallery.product(key, deadline)
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
        pair = self.live.pair()
        photo = await in_thread(deadline, imaging.decode, data, self.limits)
        if whole:
            polygon = imaging.rectangle(0, 0, photo.width, photo.height)
        else:
            polygon = await outline(photo, region, self.segmenter, deadline)
        crop = await in_thread(deadline, imaging.crop, photo.pixels, polygon, pair.embedder.crop_size)
        vectors = await pair.embedder.embed(crop[None], deadline)
        (matches,) = await pair.gallery.search(vectors, store, count, deadline)
        return Nearest(tuple(matches), bounding_box(polygon))

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """A page of products, by id; see `EditableGallery.products`."""
        return await self.live.pair().gallery.products(store, after, count, deadline)

    async def describe(self, deadline: Deadline) -> tuple[GalleryDescription, Calibration]:
        """Counts and versions of the live gallery, and how its similarities are judged."""
        pair = self.live.pair()
        return await pair.gallery.describe(deadline), pair.calibration

    async def export(
        self, deadline: Deadline
    ) -> tuple[GalleryDescription, Calibration, AsyncGenerator[list[GalleryRow], None]]:
        """The same, and all rows of all stores, a page at a time. Raises Unavailable, DeadlineExceeded."""
        pair = self.live.pair()
        return await pair.gallery.describe(deadline), pair.calibration, pair.gallery.pages(deadline)

    async def load(self, origin: Origin, pages: AsyncIterable[Sequence[GalleryRow]], deadline: Deadline) -> int:
        """Write rows that another gallery gave; see `transfer.Loader.load`.

        Raises GalleryReplaced where another version was swapped in meanwhile.
        """
        pair = await self.live.settled(deadline)
        written = await Loader(pair.embedder, pair.gallery).load(origin, pages, deadline)
        if (await self.live.settled(deadline)).gallery.version != pair.gallery.version:
            raise GalleryReplaced("another gallery version was swapped in while the rows were written: load them again")
        return written
