"""Fakes of Triton, Milvus and the photo store: they keep the promises of the ports, and count calls."""

from support.fakes.gallery import FakeGallery
from support.fakes.live_gallery import FakeLiveGallery
from support.fakes.photo_store import FakePhotoStore
from support.fakes.service import FakeService
from support.fakes.step import Step
from support.fakes.triton import FakeEmbedder, FakeSegmenter
from support.fakes.version_store import FakeVersionStore

__all__ = [
    "FakeEmbedder",
    "FakeGallery",
    "FakeLiveGallery",
    "FakePhotoStore",
    "FakeSegmenter",
    "FakeService",
    "FakeVersionStore",
    "Step",
]
