"""What gallery versions need from outside: comparable galleries, their store, the live one, and kept photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tillsight.domain.arrays import Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.products import Reference
from tillsight.gallery.diff import GalleryContents, RowMetadata
from tillsight.gallery.versions import GalleryVersion
from tillsight.recognition.ports import Embedder, LiveGallery, SearchableGallery


class SyncableGallery(SearchableGallery, Protocol):
    """A gallery version that can be compared with another and synchronised. Raises Unavailable, DeadlineExceeded."""

    async def contents(self, deadline: Deadline, photo_ids: Sequence[str] | None = None) -> GalleryContents:
        """The metadata of all rows, or of the rows of some photos; includes every write made before the call."""

    async def put(self, rows: Mapping[str, RowMetadata], vectors: Vectors, deadline: Deadline) -> None:
        """Write rows by reference_id, their vectors float32 [N, D] in the same order; existing rows are replaced."""

    async def relabel(self, rows: Mapping[str, RowMetadata], deadline: Deadline) -> None:
        """Replace all but the vector of rows, by reference_id; rows that do not exist are not created."""

    async def remove(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        """Delete rows. Acknowledged means that no search returns them."""


class PhotoStore(Protocol):
    """Where reference photos are kept, so that a gallery can be rebuilt for another embedder."""

    async def keep(self, photo_id: str, reference: Reference) -> None:
        """Keep a reference; keeping it again changes its attributes only."""

    async def find(self, photo_id: str) -> Reference | None:
        """The photo as it was enrolled, or None if it is not kept."""

    async def forget(self, photo_ids: Sequence[str]) -> None:
        """Delete kept photos; ids without a photo are ignored."""


class SwitchableLiveGallery(LiveGallery[SyncableGallery], Protocol):
    """The live gallery, and access to other embedders."""

    async def embedder(self, model: str, deadline: Deadline) -> Embedder:
        """The embedder with this model name on Triton.

        Raises Unavailable, DeadlineExceeded; StartupError for a model that Tillsight did not export.
        """

    async def follow(self, deadline: Deadline) -> None:
        """Open the gallery version that the alias points at now."""


class GalleryVersionStore(Protocol):
    """The gallery versions behind one alias. Each method raises Unavailable and DeadlineExceeded."""

    async def live(self, deadline: Deadline) -> str | None:
        """The version that the alias points at."""

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        """All versions, by name."""

    async def create(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> SyncableGallery:
        """A new and empty version in state BUILDING."""

    async def open(self, name: str, deadline: Deadline) -> SyncableGallery:
        """An existing version, ready to be read and written."""

    async def index(self, name: str, deadline: Deadline) -> None:
        """Wait until all rows of a version are indexed."""

    async def raise_write_fence(self, name: str, seconds: float, deadline: Deadline) -> None:
        """Make all writers wait until the fence is lifted or `seconds` have passed."""

    async def lift_write_fence(self, name: str, deadline: Deadline) -> None:
        """Let writes continue."""

    async def switch(self, old: str, new: str, deadline: Deadline) -> None:
        """Point the alias at `new`, which is complete then; `old` becomes KEPT, with the time noted."""

    async def drop(self, name: str, deadline: Deadline) -> None:
        """Delete a version."""
