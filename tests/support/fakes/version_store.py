"""A fake store of gallery versions."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from support.fakes.gallery import FakeGallery
from support.fakes.triton import FakeEmbedder
from tillsight.domain.deadline import Deadline
from tillsight.gallery.versions import GalleryState, GalleryVersion


class FakeVersionStore:
    """Gallery versions in memory."""

    def __init__(self, first: FakeGallery, rotations: int) -> None:
        self.galleries = {first.version: first}
        self.records = {
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
                self.records[name],
                state=GalleryState.LIVE if name == self.alias else self.records[name].state,
                rows=len(self.galleries[name].rows),
            )
            for name in sorted(self.galleries)
        ]

    async def create(self, model: str, embedder: FakeEmbedder, rotations: int, deadline: Deadline) -> FakeGallery:
        name = f"gallery_{embedder.fingerprint}_{len(self.galleries) + 1}"
        self.records[name] = GalleryVersion(name, embedder.fingerprint, model, rotations, GalleryState.BUILDING)
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
        self.records[old] = replace(self.records[old], state=GalleryState.KEPT, replaced_at=time.time())
        self.records[new] = replace(self.records[new], state=GalleryState.KEPT)
        if self.records[old].fingerprint == self.records[new].fingerprint:
            self.galleries[new].calibration = self.galleries[old].calibration
        self.on_switch()
        self.alias = new

    async def drop(self, name: str, deadline: Deadline) -> None:
        del self.galleries[name], self.records[name]
