"""Replaces the live gallery version by another while calls are answered: no write is lost and no call fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import RebuildRefused, TillsightError
from tillsight.gallery.diff import GalleryContents, GalleryDiff, changed_photos, diff_contents, expected_contents
from tillsight.gallery.ports import GalleryVersionStore, SwitchableLiveGallery, SyncableGallery
from tillsight.gallery.sync import GallerySync, SyncProgress
from tillsight.gallery.verification import RETRIEVAL_SHARE, verify_retrieval
from tillsight.gallery.versions import RebuildPhase, RebuildProgress
from tillsight.recognition.ports import OpenGallery

MAX_CATCH_UPS = 5
FEW_CHANGES = 128
"""Rows that may be left for the switch, while writes wait. With more there is another pass, at most MAX_CATCH_UPS."""
WRITE_FENCE_S = 60.0
"""The longest time that writes wait. Within it the switch is made or given up."""
WRITE_FENCE_MARGIN_S = 10.0
CHECK_S = 10.0
REMOVAL_S, REMOVAL_POLL_S = 5.0, 0.5
"""How long a photo may be gone while its rows still exist, before it counts as missing."""


@dataclass(slots=True)
class Swap:
    """Makes `target` equal to the live `source`, verifies it and points the alias at it."""

    live: SwitchableLiveGallery
    versions: GalleryVersionStore
    sync: GallerySync
    source: OpenGallery[SyncableGallery]
    target: OpenGallery[SyncableGallery]
    removal_s: float = REMOVAL_S
    synced: SyncProgress = field(default_factory=SyncProgress)
    phase: RebuildPhase = RebuildPhase.BUILD
    expected: GalleryContents = field(default_factory=dict)
    total: int = 0
    tried: int = 0
    found: int = 0

    async def run(self, share: float, allow_missing: bool, deadline: Deadline) -> AsyncGenerator[RebuildProgress, None]:
        """See `rebuild.Rebuilder.rebuild`. If it ends before the switch, the live gallery is unchanged."""
        async for progress in self._catch_up(RebuildPhase.BUILD, share, deadline):
            yield progress
        await self._refuse_missing(allow_missing, deadline)
        self.phase = RebuildPhase.INDEX
        yield self._progress()
        await self.versions.index(self.target.gallery.version, deadline)
        self.phase = RebuildPhase.VERIFY
        yield self._progress()
        await self._verify(share, deadline)
        # Indexing and verifying take minutes on a large gallery: copy what was changed since.
        async for progress in self._catch_up(RebuildPhase.CATCH_UP, share, deadline):
            yield progress
        actual = await self.target.gallery.contents(deadline)
        self.phase = RebuildPhase.SWITCH
        yield self._progress()
        # A switch that has begun is finished, also if the caller goes away.
        await asyncio.shield(asyncio.ensure_future(self._switch(actual, allow_missing, deadline)))
        self.phase = RebuildPhase.DONE
        yield self._progress()

    async def _catch_up(
        self, phase: RebuildPhase, share: float, deadline: Deadline
    ) -> AsyncGenerator[RebuildProgress, None]:
        """Copy changes in passes until few are left. A pass over an empty target builds it.

        Edits go on during a pass, and each pass is shorter than the one before, so the passes converge.
        """
        for _ in range(MAX_CATCH_UPS):
            self.phase = phase
            contents = await self.source.gallery.contents(deadline)
            actual = await self.target.gallery.contents(deadline)
            self.expected, diff = await asyncio.to_thread(self._compare, contents, actual)
            async for _ in self._apply(diff, share, deadline):
                yield self._progress()
            if diff.size(ignoring=self.synced.missing) <= FEW_CHANGES:
                return
            phase = RebuildPhase.CATCH_UP

    async def _verify(self, share: float, deadline: Deadline) -> None:
        """Compare all rows with those expected by the last pass, and search for a sample of the references."""
        actual = await self.target.gallery.contents(deadline)
        diff = await asyncio.to_thread(diff_contents, self.expected, actual)
        if lacking := diff.size(ignoring=self.synced.missing):
            raise RebuildRefused(
                f"{self.target.gallery.version} lacks {lacking} changes after the last pass: run the rebuild again"
            )
        self.tried, self.found = await verify_retrieval(self.sync, self.target, actual, share, deadline)
        if self.found < RETRIEVAL_SHARE * self.tried:
            raise RebuildRefused(
                f"of {self.tried} references only {self.found} find their own product first in "
                f"{self.target.gallery.version}: the live gallery stays; drop the new one"
            )

    async def _switch(self, actual: GalleryContents, allow_missing: bool, deadline: Deadline) -> None:
        """While writes wait: copy the last changes, move the alias, and copy what came in between."""
        source, target = self.source.gallery, self.target.gallery
        switched = False
        await self.versions.raise_write_fence(source.version, WRITE_FENCE_S, deadline)
        try:
            async with asyncio.timeout(WRITE_FENCE_S - WRITE_FENCE_MARGIN_S):
                before = await source.contents(deadline)
                _, diff = await asyncio.to_thread(self._compare, before, actual)
                async for _ in self._apply(diff, 1.0, deadline):
                    pass
                await self._refuse_missing(allow_missing, deadline)
                await self._check_still_live()
                # Fenced before the alias moves: a writer that follows the alias must not write before the copy below.
                await self.versions.raise_write_fence(target.version, WRITE_FENCE_S, deadline)
                await self.versions.switch(source.version, target.version, deadline)
            switched = True
            async with asyncio.timeout(WRITE_FENCE_S - WRITE_FENCE_MARGIN_S):
                await self.live.follow(deadline)
                # Milvus's console ignores the fence: copy what was edited there between the comparison and the switch.
                after = await source.contents(deadline)
                photos = await asyncio.to_thread(changed_photos, before, after)
                edited = {photo: after.get(photo, {}) for photo in photos}
                await self.sync.copy_photos(edited, self.source.rotations, self.target, deadline)
        except TimeoutError:
            state = "swapped in, but may lack the console's last edits" if switched else "not swapped in"
            raise RebuildRefused(
                f"{target.version} was {state}: the switch took over {WRITE_FENCE_S - WRITE_FENCE_MARGIN_S:g} s, "
                "the longest that writes may wait"
            ) from None
        finally:
            for name in (source.version, target.version):
                with contextlib.suppress(TillsightError):  # the fence expires by itself
                    await self.versions.lift_write_fence(name, deadline)

    async def _apply(self, diff: GalleryDiff, share: float, deadline: Deadline) -> AsyncIterator[None]:
        self.synced.missing.clear()
        self.synced.done, self.total = 0, len(diff.embed)
        async for _ in self.sync.apply(self.target, diff, self.synced, deadline, share, self._check_still_live):
            yield

    async def _check_still_live(self) -> None:
        live = await self.versions.live(Deadline.after(CHECK_S))
        if live != self.source.gallery.version:
            raise RebuildRefused(f"another call swapped in {live} in the meantime: run the rebuild again")

    async def _refuse_missing(self, allowed: bool, deadline: Deadline) -> None:
        patience = Deadline.after(self.removal_s)
        while self.synced.missing and not allowed:
            # A removal deletes the photo before the rows: it may be under way.
            existing = await self.source.gallery.contents(deadline, sorted(self.synced.missing))
            gone = self.synced.missing.keys() - existing.keys()
            self.synced.missing = {photo: one for photo, one in self.synced.missing.items() if photo not in gone}
            self.expected = {photo: rows for photo, rows in self.expected.items() if photo not in gone}
            if patience.remaining() <= 0:
                break
            await asyncio.sleep(REMOVAL_POLL_S)
        if (missing := list(self.synced.missing.values())) and not allowed:
            some = "; ".join(f"product {one.product_id!r}, photo {one.photo_id}: {one.reason}" for one in missing[:3])
            raise RebuildRefused(
                f"{len(missing)} photos cannot be embedded again ({some}{' …' if len(missing) > 3 else ''}): "
                "restore them, enrol them again, or allow that they are missing"
            )

    def _compare(self, contents: GalleryContents, actual: GalleryContents) -> tuple[GalleryContents, GalleryDiff]:
        """What the target should contain if the source contains this, and the diff to get there. Slow."""
        expected = expected_contents(contents, self.source.rotations, self.target.rotations)
        return expected, diff_contents(expected, actual)

    def _progress(self) -> RebuildProgress:
        synced = self.synced
        return RebuildProgress(
            self.phase,
            self.target.gallery.version,
            self.source.gallery.version,
            synced.done,
            self.total,
            synced.embedded,
            synced.relabelled,
            synced.removed,
            self.tried,
            self.found,
            len(synced.missing),
            tuple(synced.missing.values()) if self.phase is RebuildPhase.DONE else (),
        )
