"""Stand-ins for Triton, Milvus and the folder of kept photos: they keep the protocols' promises, and count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.adapters.milvus.rows import (
    gallery_row,
    metadata_record,
    product_details,
    products_from_rows,
    record,
    row_metadata,
)
from tillsight.catalogue.catalogue import Catalogue
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, Unavailable
from tillsight.domain.identifiers import ProductKey, photo_id_of_row
from tillsight.domain.products import GalleryDescription, GalleryRow, Product, ProductDetails, Reference
from tillsight.domain.recognition_results import Match
from tillsight.gallery.diff import GalleryContents, RowMetadata
from tillsight.gallery.rebuild import Rebuilder
from tillsight.gallery.sync import GallerySync
from tillsight.gallery.versions import GalleryState, GalleryVersion
from tillsight.imaging.decoding import PhotoLimits
from tillsight.imaging.letterbox import BACKGROUND_GREY
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.instance_separation import OFFSET_KNEE, OFFSET_REACH
from tillsight.recognition.ports import OpenGallery
from tillsight.recognition.recognizer import Recognizer

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass
class Step:
    """A call to a server: counted, failing with `error` if set, waiting for `hold` if set, ended by its deadline."""

    calls: int = 0
    finished: int = 0
    error: Exception | None = None
    hold: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    on_take: Callable[[], None] = lambda: None

    async def take(self, deadline: Deadline) -> None:
        if deadline.remaining() <= 0:
            raise DeadlineExceeded("the deadline passed before the fake was asked")
        self.calls += 1
        self.reached.set()
        self.on_take()
        if self.error is not None:
            raise self.error
        if self.hold is not None:
            try:
                await asyncio.wait_for(self.hold.wait(), deadline.remaining())
            except TimeoutError:
                raise DeadlineExceeded("the deadline passed while waiting for the fake") from None
        self.finished += 1


def true_maps(image: Pixels) -> Pixels:
    """The five maps a perfect network would give for plain dark shapes that lie apart on a bright counter."""
    foreground = ((image.min(axis=2) < 100) & (np.ptp(image, axis=2) > 60)).astype(np.uint8)
    maps = np.zeros((5, *foreground.shape), np.uint8)
    maps[0] = 255 * foreground
    maps[3:] = 127
    count, labels, _, centres = cv2.connectedComponentsWithStats(foreground)
    rows, columns = np.indices(foreground.shape)
    for label in range(1, count):
        inside = labels == label
        depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
        maps[1][inside] = (255 * depth / depth.max())[inside]
        for channel, votes in ((3, centres[label][1] - rows), (4, centres[label][0] - columns)):
            stored = 127.5 + 127.5 * np.arcsinh(votes / OFFSET_KNEE) / np.arcsinh(OFFSET_REACH / OFFSET_KNEE)
            maps[channel][inside] = stored.round()[inside]
    return maps


class FakeSegmenter:
    """Finds dark shapes on a bright counter."""

    version = "unet:1:5e65e65e65e65e65"
    input_size = (192, 256)

    def __init__(self) -> None:
        self.step = Step()

    async def segment(self, image: Pixels, deadline: Deadline) -> Pixels:
        await self.step.take(deadline)
        return true_maps(image)


class FakeEmbedder:
    """A crop's mean colour, relative to the neutral ground, as its vector, turned by so many channels."""

    fingerprint = "e3bede3bede3bede"
    dimension = 3
    calibration = Calibration()

    def __init__(
        self, name: str = "vgg", fingerprint: str = fingerprint, crop_size: int = 32, channels_turned: int = 0
    ) -> None:
        self.fingerprint, self.crop_size = fingerprint, crop_size
        self.version = f"{name}:1:{fingerprint}"
        self._channels_turned = channels_turned
        self.step = Step()
        self.batches: list[tuple[int, ...]] = []

    async def embed(self, crops: Pixels, deadline: Deadline) -> Floats:
        self.batches.append(crops.shape)
        await self.step.take(deadline)
        means = np.roll(crops.reshape(len(crops), -1, 3).mean(axis=1) - BACKGROUND_GREY, self._channels_turned, axis=1)
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


class FakeGallery:
    """Rows in memory, searched one by one."""

    def __init__(self, version: str = "gallery_e3bede3bede3bede_1") -> None:
        self.version = version
        self.step = Step()
        self.writing = Step()
        self.rows: dict[str, GalleryRow] = {}
        self.calibration: Calibration | None = None
        self.searches: list[tuple[tuple[int, ...], str, int]] = []

    async def search_rows(self, vectors: Floats, store: str, limit: int, deadline: Deadline) -> list[list[Match]]:
        self.searches.append((vectors.shape, store, limit))
        await self.step.take(deadline)
        return [self._nearest(vector, store)[:limit] for vector in vectors]

    async def vectors(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Floats]:
        return {row: self.rows[row].vector for row in reference_ids if row in self.rows}

    def _nearest(self, vector: Floats, store: str) -> list[Match]:
        rows = [
            Match(row.product_id, row.name, float(row.vector @ vector), row.reference_id, row.store, row.attributes)
            for row in self.rows.values()
            if row.active and row.store in ("", store)
        ]
        return sorted(rows, key=lambda match: -match.score)

    async def attributes_of(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        await self.step.take(deadline)
        return {row: self.rows[row].attributes for row in reference_ids if row in self.rows}

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        await self.step.take(deadline)
        return {(row.product_id, row.store): row.name for row in self.rows.values() if row.product_id in product_ids}

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        await self.writing.take(deadline)
        self.rows.update({row.reference_id: row for row in rows})

    async def set_attributes(self, attributes: Mapping[str, Mapping[str, object]], deadline: Deadline) -> None:
        await self.writing.take(deadline)
        for row, values in attributes.items():
            self.rows[row] = replace(self.rows[row], attributes=values)

    async def rows_of(self, product_ids: Sequence[str], store: str, deadline: Deadline) -> dict[str, str]:
        await self.step.take(deadline)
        own = [row for row in self.rows.values() if row.store == store and row.product_id in product_ids]
        return {row.reference_id: row.product_id for row in own}

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        await self.writing.take(deadline)
        for row in reference_ids:
            self.rows.pop(row, None)

    async def product(self, key: ProductKey, deadline: Deadline) -> ProductDetails | None:
        await self.step.take(deadline)
        rows = [record(row) for row in self.rows.values() if (row.product_id, row.store) == key]
        return product_details(rows) if rows else None

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        await self.step.take(deadline)
        seen = [record(row) for row in self.rows.values() if row.store in ("", store)]
        return [one for one in products_from_rows(seen) if (one.product_id, one.store) > after][:count]

    async def size(self, deadline: Deadline) -> int:
        await self.step.take(deadline)
        return len(self.rows)

    async def set_calibration(self, calibration: Calibration, deadline: Deadline) -> None:
        await self.writing.take(deadline)
        self.calibration = calibration

    async def contents(self, deadline: Deadline, photo_ids: Sequence[str] | None = None) -> GalleryContents:
        await self.step.take(deadline)
        found: dict[str, dict[str, RowMetadata]] = {}
        for row in list(self.rows.values()):
            photo = photo_id_of_row(row.reference_id)
            if photo_ids is None or photo in photo_ids:
                found.setdefault(photo, {})[row.reference_id] = row_metadata(
                    {name: value for name, value in record(row).items() if name != "vector"}
                )
        return found

    async def put(self, rows: Mapping[str, RowMetadata], vectors: Floats, deadline: Deadline) -> None:
        records = zip(rows.items(), vectors, strict=True)
        await self.upsert(
            [gallery_row(metadata_record(row, said, vector)) for (row, said), vector in records], deadline
        )

    async def relabel(self, rows: Mapping[str, RowMetadata], deadline: Deadline) -> None:
        there = {row: said for row, said in rows.items() if row in self.rows}
        if there:
            await self.put(there, np.stack([self.rows[row].vector for row in there]), deadline)

    async def pages(self, deadline: Deadline) -> AsyncGenerator[list[GalleryRow], None]:
        rows = list(self.rows.values())
        for start in range(0, len(rows), 5):
            await self.step.take(deadline)
            yield rows[start : start + 5]

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        await self.step.take(deadline)
        products = {(row.product_id, row.store) for row in self.rows.values()}
        photos = {photo_id_of_row(row) for row in self.rows}
        fingerprint = self.version.split("_")[1]
        return GalleryDescription(self.version, fingerprint, 3, len(products), len(photos), len(self.rows))


class FakeReferences:
    """Kept photos in memory; `rows_then` is how many rows the gallery held when each was kept."""

    def __init__(self, gallery: FakeGallery) -> None:
        self._gallery = gallery
        self.kept: dict[str, Reference] = {}
        self.rows_then: list[int] = []

    async def keep(self, photo_id: str, reference: Reference) -> None:
        self.kept[photo_id] = reference
        self.rows_then.append(len(self._gallery.rows))

    async def find(self, photo_id: str) -> Reference | None:
        return self.kept.get(photo_id)

    async def forget(self, photo_ids: Sequence[str]) -> None:
        for photo_id in photo_ids:
            self.kept.pop(photo_id, None)


class FakeGalleries:
    """Gallery versions in memory."""

    def __init__(self, first: FakeGallery, rotations: int) -> None:
        self.galleries = {first.version: first}
        self.about = {
            first.version: GalleryVersion(
                first.version, FakeEmbedder.fingerprint, "vgg", rotations, GalleryState.KEPT, None
            )
        }
        self.alias = first.version
        self.fenced: set[str] = set()
        self.on_index: Callable[[], Awaitable[None]] | None = None
        self.on_switch: Callable[[], None] = lambda: None

    async def live(self, deadline: Deadline) -> str:
        return self.alias

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        return [
            replace(
                self.about[name],
                state=GalleryState.LIVE if name == self.alias else self.about[name].state,
                rows=len(self.galleries[name].rows),
            )
            for name in sorted(self.galleries)
        ]

    async def create(self, model: str, embedder: FakeEmbedder, rotations: int, deadline: Deadline) -> FakeGallery:
        name = f"gallery_{embedder.fingerprint}_{len(self.galleries) + 1}"
        self.about[name] = GalleryVersion(name, embedder.fingerprint, model, rotations, GalleryState.BUILDING)
        self.galleries[name] = FakeGallery(name)
        return self.galleries[name]

    async def open(self, name: str, deadline: Deadline) -> FakeGallery:
        return self.galleries[name]

    async def index(self, name: str, deadline: Deadline) -> None:
        if self.on_index is not None:
            await self.on_index()

    async def raise_write_fence(self, name: str, seconds: float, deadline: Deadline) -> None:
        self.fenced.add(name)

    async def lift_write_fence(self, name: str, deadline: Deadline) -> None:
        self.fenced.discard(name)

    async def switch(self, old: str, new: str, deadline: Deadline) -> None:
        assert {old, new} <= self.fenced
        self.about[old] = replace(self.about[old], state=GalleryState.KEPT, replaced_at=time.time())
        self.about[new] = replace(self.about[new], state=GalleryState.KEPT)
        if self.about[old].fingerprint == self.about[new].fingerprint:
            self.galleries[new].calibration = self.galleries[old].calibration
        self.on_switch()
        self.alias = new

    async def drop(self, name: str, deadline: Deadline) -> None:
        del self.galleries[name], self.about[name]


class FakeLive:
    """The pair that the alias names; `embedders` are those on Triton by name."""

    def __init__(self, galleries: FakeGalleries, embedder: FakeEmbedder) -> None:
        self._galleries = galleries
        self.embedders = {"vgg": embedder}
        self.opened = self._pair()

    def _pair(self) -> OpenGallery[FakeGallery]:
        about = self._galleries.about[self._galleries.alias]
        return OpenGallery(self.embedders[about.embedder], self._galleries.galleries[about.name], about.rotations)

    def current(self) -> OpenGallery[FakeGallery]:
        return self.opened

    async def for_writing(self, deadline: Deadline) -> OpenGallery[FakeGallery]:
        while self._galleries.alias in self._galleries.fenced:  # noqa: ASYNC110 (a fake)
            await asyncio.sleep(0)
        await self.follow(deadline)
        return self.opened

    async def embedder(self, model: str, deadline: Deadline) -> FakeEmbedder:
        if model not in self.embedders:
            raise Unavailable("Triton", f"it has no model {model!r}")
        return self.embedders[model]

    async def follow(self, deadline: Deadline) -> None:
        if self._galleries.alias != self.opened.gallery.version:
            self.opened = self._pair()


class World:
    """A recogniser, a catalogue and a rebuilder on fakes."""

    def __init__(self, limits: PhotoLimits | None = None, rotations: int = 4, candidates: int = 3) -> None:
        self.limits = limits or PhotoLimits()
        self.segmenter, self.embedder, self.gallery = FakeSegmenter(), FakeEmbedder(), FakeGallery()
        self.references = FakeReferences(self.gallery)
        self.galleries = FakeGalleries(self.gallery, rotations)
        self.live = FakeLive(self.galleries, self.embedder)
        sync = GallerySync(self.segmenter, self.references, self.limits)
        self.recognizer = Recognizer(self.segmenter, self.live, self.limits, candidates)
        self.catalogue = Catalogue(self.segmenter, self.live, self.references, self.limits, sync)
        self.rebuilder = Rebuilder(self.live, self.galleries, sync, share=1.0, drain_s=0.0, removal_s=0.0)

    @property
    def steps(self) -> dict[str, Step]:
        """Every call to a server, by the name of its step."""
        return {
            "segment": self.segmenter.step,
            "embed": self.embedder.step,
            "search": self.gallery.step,
            "upsert": self.gallery.writing,
        }

    def reset(self) -> None:
        """An empty gallery and fresh counters, fakes staying the same objects."""
        first = self.gallery.version
        self.galleries.galleries, self.galleries.alias = {first: self.gallery}, first
        self.galleries.about = {first: self.galleries.about[first]}
        self.live.embedders = {"vgg": self.embedder}
        self.live.opened = self.live._pair()
        self.gallery.rows.clear()
        self.gallery.calibration = None
        self.gallery.searches.clear()
        self.embedder.batches.clear()
        self.references.kept.clear()
        self.references.rows_then.clear()
        self.segmenter.step, self.embedder.step = Step(), Step()
        self.gallery.step, self.gallery.writing = Step(), Step()
