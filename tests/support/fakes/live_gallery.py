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
    """The gallery version that the alias points at; `embedders` are those on Triton, by name."""

    def __init__(self, versions: FakeVersionStore, embedder: FakeEmbedder) -> None:
        self._versions = versions
        self.embedders = {"vgg": embedder}
        self.opened = self.open_alias()

    def open_alias(self) -> OpenGallery[FakeGallery]:
        version = self._versions.records[self._versions.alias]
        return OpenGallery(self.embedders[version.embedder], self._versions.galleries[version.name], version.rotations)

    def current(self) -> OpenGallery[FakeGallery]:
        return self.opened

    async def for_writing(self, deadline: Deadline) -> OpenGallery[FakeGallery]:
        while self._versions.alias in self._versions.fenced:  # noqa: ASYNC110 (a fake)
            await asyncio.sleep(0)
        await self.follow(deadline)
        return self.opened

    async def embedder(self, model: str, deadline: Deadline) -> FakeEmbedder:
        if model not in self.embedders:
            raise Unavailable("Triton", f"it has no model {model!r}")
        return self.embedders[model]

    async def follow(self, deadline: Deadline) -> None:
        if self._versions.alias != self.opened.gallery.version:
            self.opened = self.open_alias()
