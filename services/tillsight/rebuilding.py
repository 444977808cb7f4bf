"""Rebuild and swap: another gallery version is made of the kept photos beside the live one, tried, and swapped in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tillsight.alignment import AlignableGallery, Aligner
from tillsight.domain import Deadline
from tillsight.errors import NotFound, RebuildRefused
from tillsight.galleries import Galleries, Switchable
from tillsight.live import Pair
from tillsight.swap import REMOVAL_S, Swap
from tillsight.versions import GalleryState, GalleryVersion, RebuildProgress

SHARE = 0.5
"""Of the time the embedder is asked by a rebuild; the rest belongs to calls alone."""
DRAIN_S = 30.0
"""How long calls may still be answered by a version that was replaced."""


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Builds, swaps and drops gallery versions, one at a time."""

    live: Switchable
    galleries: Galleries
    aligner: Aligner
    share: float = SHARE
    drain_s: float = DRAIN_S
    removal_s: float = REMOVAL_S
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def rebuild(
        self, model: str, rotations: int, allow_missing: bool, deadline: Deadline
    ) -> AsyncGenerator[RebuildProgress, None]:
        """Build a version by an embedder (its name on Triton) at so many rotations, and swap it in.

        Empty and 0 mean the live one's. One that broke off is gone on with. Raises RebuildRefused where photos are
        missing and that is not allowed, or where the new version does not find its own references; the live gallery
        is then as it was. Raises Unavailable, DeadlineExceeded; it may be repeated.
        """
        async with self._alone():
            source = await self.live.settled(deadline)
            there = await self.galleries.versions(deadline)
            model = model or next(one.embedder for one in there if one.name == source.gallery.version)
            embedder = await self.live.embedder(model, deadline)
            rotations = rotations or source.rotations
            begun = [
                one.name
                for one in there
                if one.state is GalleryState.BUILDING
                and (one.fingerprint, one.rotations) == (embedder.fingerprint, rotations)
            ]
            if begun:
                gallery = await self.galleries.open(begun[-1], deadline)
            else:
                gallery = await self.galleries.create(model, embedder, rotations, deadline)
            swap = self._swap(source, Pair(embedder, gallery, rotations))
            async for progress in swap.run(self.share, allow_missing, deadline):
                yield progress

    async def rollback(
        self, name: str, allow_missing: bool, deadline: Deadline
    ) -> AsyncGenerator[RebuildProgress, None]:
        """Bring a kept version in line with the live one, by its own embedder, and swap it in. Raises as `rebuild`.

        With an empty name it is the version that was replaced last. Raises NotFound.
        """
        async with self._alone():
            source = await self.live.settled(deadline)
            version = self._kept(await self.galleries.versions(deadline), name)
            embedder = await self.live.embedder(version.embedder, deadline)
            if embedder.fingerprint != version.fingerprint:
                raise RebuildRefused(
                    f"{version.name} was built by embedder {version.fingerprint}, but Triton's {version.embedder!r} "
                    f"is {embedder.fingerprint}: serve the old model under that name"
                )
            gallery = await self.galleries.open(version.name, deadline)
            swap = self._swap(source, Pair(embedder, gallery, version.rotations))
            async for progress in swap.run(self.share, allow_missing, deadline):
                yield progress

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        """All gallery versions, by name."""
        return await self.galleries.versions(deadline)

    async def drop(self, name: str, deadline: Deadline) -> None:
        """Delete a version that is not live, once the calls that it was still answering have ended.

        Raises NotFound, RebuildRefused for the live one and while a rebuild is under way.
        """
        async with self._alone():
            there = {one.name: one for one in await self.galleries.versions(deadline)}
            if name not in there:
                raise NotFound(f"there is no gallery version {name!r}: `versions` lists them")
            if there[name].state is GalleryState.LIVE:
                raise RebuildRefused(f"{name} is the live gallery: swap in another one before it is dropped")
            await asyncio.sleep(there[name].replaced_at + self.drain_s - time.time())
            await self.galleries.drop(name, deadline)

    def _swap(self, source: Pair[AlignableGallery], target: Pair[AlignableGallery]) -> Swap:
        return Swap(self.live, self.galleries, self.aligner, source, target, self.removal_s)

    def _kept(self, there: list[GalleryVersion], name: str) -> GalleryVersion:
        kept = [one for one in there if one.state is GalleryState.KEPT and name in ("", one.name)]
        if not kept:
            known = ", ".join(f"{one.name} ({one.state.value})" for one in there)
            raise NotFound(f"there is no kept gallery version {name or 'to go back to'}: there are {known}")
        return max(kept, key=lambda one: one.replaced_at)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._busy.locked():
            raise RebuildRefused("a rebuild is under way: wait for its end, or end the command that runs it")
        async with self._busy:
            yield
