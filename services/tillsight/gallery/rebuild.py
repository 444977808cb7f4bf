"""Rebuild and swap: another gallery version is made of the kept photos beside the live one, tried, and swapped in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import NotFound, RebuildRefused
from tillsight.gallery.ports import GalleryVersionStore, SwitchableLiveGallery, SyncableGallery
from tillsight.gallery.swap import REMOVAL_S, Swap
from tillsight.gallery.sync import GallerySync
from tillsight.gallery.versions import GalleryState, GalleryVersion, RebuildProgress
from tillsight.recognition.ports import OpenGallery

SHARE = 0.5
"""The share of the time in which a rebuild uses the embedder; the rest is left to recognition calls."""
DRAIN_S = 30.0
"""How long a replaced version may still answer calls that began before the swap."""


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Builds, swaps and drops gallery versions, one at a time."""

    live: SwitchableLiveGallery
    store: GalleryVersionStore
    sync: GallerySync
    share: float = SHARE
    drain_s: float = DRAIN_S
    removal_s: float = REMOVAL_S
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def rebuild(
        self, model: str, rotations: int, allow_missing: bool, deadline: Deadline
    ) -> AsyncGenerator[RebuildProgress, None]:
        """Build a version with an embedder (its model name on Triton) and a number of rotations, and swap it in.

        An empty name and 0 mean those of the live gallery. A rebuild that broke off earlier is continued. Raises
        RebuildRefused if photos are missing and `allow_missing` is false, or if the new version does not retrieve its
        own references; the live gallery is unchanged then. Raises Unavailable, DeadlineExceeded; it may be repeated.
        """
        async with self._alone():
            source = await self.live.for_writing(deadline)
            existing = await self.store.versions(deadline)
            model = model or next(one.embedder for one in existing if one.name == source.gallery.version)
            embedder = await self.live.embedder(model, deadline)
            rotations = rotations or source.rotations
            begun = [
                one.name
                for one in existing
                if one.state is GalleryState.BUILDING
                and (one.fingerprint, one.rotations) == (embedder.fingerprint, rotations)
            ]
            if begun:
                gallery = await self.store.open(begun[-1], deadline)
            else:
                gallery = await self.store.create(model, embedder, rotations, deadline)
            swap = self._swap(source, OpenGallery(embedder, gallery, rotations))
            async for progress in swap.run(self.share, allow_missing, deadline):
                yield progress

    async def rollback(
        self, name: str, allow_missing: bool, deadline: Deadline
    ) -> AsyncGenerator[RebuildProgress, None]:
        """Synchronise a kept version with the live one, using its own embedder, and swap it in.

        With an empty name it is the version that was replaced last. Raises NotFound, and as `rebuild`.
        """
        async with self._alone():
            source = await self.live.for_writing(deadline)
            version = self._kept(await self.store.versions(deadline), name)
            embedder = await self.live.embedder(version.embedder, deadline)
            if embedder.fingerprint != version.fingerprint:
                raise RebuildRefused(
                    f"{version.name} was built by embedder {version.fingerprint}, but Triton's {version.embedder!r} "
                    f"is {embedder.fingerprint}: serve the old model under that name"
                )
            gallery = await self.store.open(version.name, deadline)
            swap = self._swap(source, OpenGallery(embedder, gallery, version.rotations))
            async for progress in swap.run(self.share, allow_missing, deadline):
                yield progress

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        """All gallery versions, by name."""
        return await self.store.versions(deadline)

    async def drop(self, name: str, deadline: Deadline) -> None:
        """Delete a version that is not live, once the calls that it was still answering have ended.

        Raises NotFound, RebuildRefused for the live one and while a rebuild is under way.
        """
        async with self._alone():
            existing = {one.name: one for one in await self.store.versions(deadline)}
            if name not in existing:
                raise NotFound(f"there is no gallery version {name!r}: `versions` lists them")
            if existing[name].state is GalleryState.LIVE:
                raise RebuildRefused(f"{name} is the live gallery: swap in another one before it is dropped")
            await asyncio.sleep(existing[name].replaced_at + self.drain_s - time.time())
            await self.store.drop(name, deadline)

    def _swap(self, source: OpenGallery[SyncableGallery], target: OpenGallery[SyncableGallery]) -> Swap:
        return Swap(self.live, self.store, self.sync, source, target, self.removal_s)

    def _kept(self, existing: list[GalleryVersion], name: str) -> GalleryVersion:
        kept = [one for one in existing if one.state is GalleryState.KEPT and name in ("", one.name)]
        if not kept:
            known = ", ".join(f"{one.name} ({one.state.value})" for one in existing)
            raise NotFound(f"there is no kept gallery version {name or 'to roll back to'}; the versions are {known}")
        return max(kept, key=lambda one: one.replaced_at)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._busy.locked():
            raise RebuildRefused("a rebuild is under way: wait for its end, or end the command that runs it")
        async with self._busy:
            yield
