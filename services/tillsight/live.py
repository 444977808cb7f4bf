"""What answers now: an embedder and a gallery of its vectors, taken together by each call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tillsight.domain import Deadline, Match
from tillsight.imaging import Pixels
from tillsight.verdict import Calibration


class Embedder(Protocol):
    """A network that turns crops into vectors."""

    @property
    def version(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def crop_size(self) -> int:
        """Side of the square crops it takes, pixels."""

    @property
    def dimension(self) -> int: ...

    @property
    def calibration(self) -> Calibration:
        """How its similarities are judged in a gallery that has no calibration of its own."""

    async def embed(self, crops: Pixels, deadline: Deadline) -> NDArray[np.float32]:
        """Unit vectors float32 [N, D] of crops uint8 [N, S, S, 3]. Raises Unavailable, DeadlineExceeded."""


class Gallery(Protocol):
    """The searchable part of a gallery version."""

    @property
    def version(self) -> str:
        """The collection's name."""

    @property
    def calibration(self) -> Calibration | None:
        """How similarities in it are judged; None: as the embedder says."""

    async def search(
        self, vectors: NDArray[np.float32], store: str, count: int, deadline: Deadline
    ) -> list[list[Match]]:
        """For each of N vectors the `count` nearest active products a store may see, best first.

        Raises Unavailable, DeadlineExceeded.
        """


GalleryT = TypeVar("GalleryT", bound=Gallery, covariant=True)


@dataclass(frozen=True, slots=True)
class Pair(Generic[GalleryT]):
    """An embedder and a gallery of its vectors, its photos enrolled at `rotations` rotations.

    A call takes one pair and uses it throughout, so that no answer is half from each while another is swapped in.
    """

    embedder: Embedder
    gallery: GalleryT
    rotations: int

    @property
    def calibration(self) -> Calibration:
        """How similarities are judged: by the gallery's own calibration, else by the embedder's."""
        return self.gallery.calibration or self.embedder.calibration


class Live(Protocol[GalleryT]):
    """The pair that the gallery's alias names."""

    def pair(self) -> Pair[GalleryT]:
        """For a call that reads. Raises Unavailable, or FingerprintMismatch where the gallery is another embedder's."""

    async def settled(self, deadline: Deadline) -> Pair[GalleryT]:
        """For a call that writes: the pair as the alias names it this moment, awaited while one is swapped in.

        To be asked before a write and after it: where the second pair is another gallery's, the write must be
        brought over before it is acknowledged. Raises as `pair` does, and DeadlineExceeded.
        """
