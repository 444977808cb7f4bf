"""The use cases on fakes."""

from __future__ import annotations

from support.fakes.gallery import FakeGallery
from support.fakes.live_gallery import FakeLiveGallery
from support.fakes.photo_store import FakePhotoStore
from support.fakes.step import Step
from support.fakes.triton import FakeEmbedder, FakeSegmenter
from support.fakes.version_store import FakeVersionStore
from tillsight.catalogue.catalogue import Catalogue
from tillsight.gallery.rebuild import Rebuilder
from tillsight.gallery.sync import GallerySync
from tillsight.imaging.decoding import PhotoLimits
from tillsight.recognition.recognizer import Recognizer


class FakeService:
    """A recogniser, a catalogue and a rebuilder on fakes."""

    def __init__(self, limits: PhotoLimits | None = None, rotations: int = 4, candidates: int = 3) -> None:
        self.limits = limits or PhotoLimits()
        self.segmenter, self.embedder, self.gallery = FakeSegmenter(), FakeEmbedder(), FakeGallery()
        self.photos = FakePhotoStore(self.gallery)
        self.versions = FakeVersionStore(self.gallery, rotations)
        self.live = FakeLiveGallery(self.versions, self.embedder)
        sync = GallerySync(self.segmenter, self.photos, self.limits)
        self.recognizer = Recognizer(self.segmenter, self.live, self.limits, candidates)
        self.catalogue = Catalogue(self.segmenter, self.live, self.photos, self.limits, sync)
        self.rebuilder = Rebuilder(self.live, self.versions, sync, share=1.0, drain_s=0.0, removal_s=0.0)

    @property
    def steps(self) -> dict[str, Step]:
        """The calls to the fake servers, by name."""
        return {
            "segment": self.segmenter.step,
            "embed": self.embedder.step,
            "search": self.gallery.step,
            "upsert": self.gallery.writing,
        }

    def reset(self) -> None:
        """Empty the gallery and set all counters to zero; the fakes stay the same objects."""
        first = self.gallery.version
        self.versions.galleries, self.versions.alias = {first: self.gallery}, first
        self.versions.records = {first: self.versions.records[first]}
        self.live.embedders = {"vgg": self.embedder}
        self.live.opened = self.live.open_alias()
        self.gallery.rows.clear()
        self.gallery.calibration = None
        self.gallery.searches.clear()
        self.gallery.vector_requests.clear()
        self.embedder.batches.clear()
        self.photos.kept.clear()
        self.photos.rows_then.clear()
        self.segmenter.step, self.embedder.step = Step(), Step()
        self.gallery.step, self.gallery.writing = Step(), Step()
