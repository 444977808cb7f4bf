"""The gallery versions behind one alias, and the pair it names, as a rebuild needs them."""

from __future__ import annotations

from typing import Protocol

from tillsight.alignment import AlignableGallery
from tillsight.domain import Deadline
from tillsight.live import Embedder, Live
from tillsight.versions import GalleryVersion


class Switchable(Live[AlignableGallery], Protocol):
    """The live pair, and how to get at others."""

    async def embedder(self, model: str, deadline: Deadline) -> Embedder:
        """The embedder by its name on Triton. Raises Unavailable, StartupError where it is none of ours."""

    async def follow(self, deadline: Deadline) -> None:
        """Take the pair that the alias names now."""


class Galleries(Protocol):
    """The gallery versions behind one alias. Each method raises Unavailable and DeadlineExceeded."""

    async def live(self, deadline: Deadline) -> str | None:
        """The one that the alias points at."""

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        """All of them, by name."""

    async def create(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> AlignableGallery:
        """A new and empty one, BUILDING."""

    async def open(self, name: str, deadline: Deadline) -> AlignableGallery:
        """One that is there, ready to be read and written."""

    async def index(self, name: str, deadline: Deadline) -> None:
        """Wait until all rows of a version are indexed."""

    async def seal(self, name: str, seconds: float, deadline: Deadline) -> None:
        """Have writes wait, wherever they come from, until `unseal` or so many seconds have passed."""

    async def unseal(self, name: str, deadline: Deadline) -> None:
        """Let writes go on."""

    async def switch(self, old: str, new: str, deadline: Deadline) -> None:
        """Point the alias at another version, which is complete then; the old one is KEPT, with the time noted."""

    async def drop(self, name: str, deadline: Deadline) -> None:
        """Delete a version."""
