"""What recognition needs from outside: a segmenter, an embedder and a gallery to search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Maps, Pixels, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.recognition_results import Match
from tillsight.recognition.calibration import Calibration


class Segmenter(Protocol):
    """A network that computes segmentation maps of a photo."""

    @property
    def version(self) -> str:
        """`name:version:fingerprint` of the model."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of its input, pixels."""

    async def segment(self, image: Pixels, deadline: Deadline) -> Maps:
        """Maps uint8 [C, H, W] of a letterboxed photo uint8 [H, W, 3]. Raises Unavailable, DeadlineExceeded."""


class Embedder(Protocol):
    """A network that turns crops into vectors."""

    @property
    def version(self) -> str:
        """`name:version:fingerprint` of the model."""

    @property
    def fingerprint(self) -> str:
        """A digest of the model file; vectors of two fingerprints cannot be compared."""

    @property
    def crop_size(self) -> int:
        """Side of its square input crops, pixels."""

    @property
    def dimension(self) -> int:
        """Values of a vector."""

    @property
    def calibration(self) -> Calibration:
        """The calibration for galleries without their own."""

    async def embed(self, crops: Pixels, deadline: Deadline) -> Vectors:
        """Unit vectors float32 [N, D] of crops uint8 [N, S, S, 3]. Raises Unavailable, DeadlineExceeded."""


class SearchableGallery(Protocol):
    """The part of a gallery version that a search needs."""

    @property
    def version(self) -> str:
        """The collection's name."""

    @property
    def calibration(self) -> Calibration | None:
        """Its own calibration; None if the embedder's applies."""

    async def search_rows(self, vectors: Vectors, store: str, limit: int, deadline: Deadline) -> list[list[Match]]:
        """For each of N vectors the `limit` nearest active rows that a store may see, best first.

        Each match's score is the cosine to that row. Raises Unavailable, DeadlineExceeded.
        """

    async def vectors(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, NDArray[np.float32]]:
        """The unit vectors float32 [D] of these rows, by reference_id; rows that no longer exist are left out.

        Raises Unavailable, DeadlineExceeded.
        """


GalleryT = TypeVar("GalleryT", bound=SearchableGallery, covariant=True)


@dataclass(frozen=True, slots=True)
class OpenGallery(Generic[GalleryT]):
    """An embedder and a gallery version with its vectors, whose photos are enrolled at `rotations` rotations.

    A call takes one and uses it throughout, so that no answer mixes two gallery versions during a swap.
    """

    embedder: Embedder
    gallery: GalleryT
    rotations: int

    @property
    def calibration(self) -> Calibration:
        """The gallery's own calibration, else the embedder's."""
        return self.gallery.calibration or self.embedder.calibration


class LiveGallery(Protocol[GalleryT]):
    """The gallery version that the alias points at, opened together with its embedder."""

    def current(self) -> OpenGallery[GalleryT]:
        """For a call that reads. Raises Unavailable, or FingerprintMismatch where the gallery is another embedder's."""

    async def for_writing(self, deadline: Deadline) -> OpenGallery[GalleryT]:
        """For a call that writes: reads the alias now, and waits while a write fence is up.

        Ask before a write and again after it. If the second answer is another gallery version, copy the write to
        that version before acknowledging it. Raises as `current` does, and DeadlineExceeded.
        """
