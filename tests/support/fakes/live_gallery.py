"""A fake live gallery."""

from __future__ import annotations

import asyncio

from support.fakes.gallery import FakeGallery
from support.fakes.triton import FakeEmbedder
from support.fakes.version_store import FakeVersionStore
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import Unavailable
from tillsight.recognition.ports import OpenGallery


class FakeLiveGallery:
    """The pair that the alias names; `embedders` are those on Triton by name."""

    def __init__(self, galleries: FakeVersionStore, embedder: FakeEmbedder) -> None:
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
