"""One gallery version takes the place of another while calls are answered: nothing is lost or answered by half."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from tillsight.alignment import AlignableGallery, Aligner, Tally, embed_at
from tillsight.difference import Contents, Difference, changed, difference, wanted
from tillsight.domain import Deadline
from tillsight.errors import RebuildRefused, TillsightError
from tillsight.galleries import Galleries, Switchable
from tillsight.live import Pair
from tillsight.versions import RebuildPhase, RebuildProgress

CATCH_UPS = 5
FEW_CHANGES = 128
"""So many rows may be left for the moment that writes wait; with more there is another pass, `CATCH_UPS` at most."""
SEAL_S = 60.0
"""The longest that writes wait. Within it the switch is made or given up."""
SEAL_MARGIN_S = 10.0
CHECK_S = 10.0
REMOVAL_S, REMOVAL_POLL_S = 5.0, 0.5
"""How long a photo may be gone while its rows are still there, before it counts as missing."""
SAMPLE = 100
SELF_RETRIEVAL = 0.98
"""The share of a sample of references that must find their own product first; an HNSW search may miss one."""
TIE = 1e-3
"""Of two products with the same photo either may come first."""


@dataclass(slots=True)
class Swap:
    """Brings `target` in line with the live `source`, tries it and swaps it in."""

    live: Switchable
    galleries: Galleries
    aligner: Aligner
    source: Pair[AlignableGallery]
    target: Pair[AlignableGallery]
    removal_s: float = REMOVAL_S
    tally: Tally = field(default_factory=Tally)
    phase: RebuildPhase = RebuildPhase.BUILD
    want: Contents = field(default_factory=dict)
    total: int = 0
    tried: int = 0
    found: int = 0

    async def run(self, share: float, allow_missing: bool, deadline: Deadline) -> AsyncGenerator[RebuildProgress, None]:
        """See `rebuilding.Rebuilder.rebuild`. Ended before the switch, the live gallery is as it was."""
        async for progress in self._catch_up(RebuildPhase.BUILD, share, deadline):
            yield progress
        await self._refuse_missing(allow_missing, deadline)
        self.phase = RebuildPhase.INDEX
        yield self._progress()
        await self.galleries.index(self.target.gallery.version, deadline)
        self.phase = RebuildPhase.VERIFY
        yield self._progress()
        await self._verify(share, deadline)
        async for progress in self._catch_up(RebuildPhase.CATCH_UP, share, deadline):
            yield progress
        held = await self.target.gallery.contents(deadline)
        self.phase = RebuildPhase.SWITCH
        yield self._progress()
        # Once begun it is ended, whatever becomes of the caller.
        await asyncio.shield(asyncio.ensure_future(self._switch(held, allow_missing, deadline)))
        self.phase = RebuildPhase.DONE
        yield self._progress()

    async def _catch_up(
        self, phase: RebuildPhase, share: float, deadline: Deadline
    ) -> AsyncGenerator[RebuildProgress, None]:
        """Passes until little is left to bring over; a pass over an empty target is the building of it."""
        for _ in range(CATCH_UPS):
            self.phase = phase
            said = await self.source.gallery.contents(deadline)
            held = await self.target.gallery.contents(deadline)
            self.want, todo = await asyncio.to_thread(self._compared, said, held)
            async for _ in self._align(todo, share, deadline):
                yield self._progress()
            if todo.size(besides=self.tally.missing) <= FEW_CHANGES:
                return
            phase = RebuildPhase.CATCH_UP

    async def _verify(self, share: float, deadline: Deadline) -> None:
        """Compare all rows with those wanted at the last pass, and search for a sample of the references."""
        held = await self.target.gallery.contents(deadline)
        left = await asyncio.to_thread(difference, self.want, held)
        if lacking := left.size(besides=self.tally.missing):
            raise RebuildRefused(
                f"{self.target.gallery.version} lacks {lacking} changes after the last pass: run again"
            )
        photos = sorted(photo for photo, rows in held.items() if any(row.active for row in rows.values()))
        for photo in photos[:: max(len(photos) // SAMPLE, 1)]:
            row, facts = next((row, facts) for row, facts in held[photo].items() if facts.active)
            crops = await self.aligner.crops(photo, {row: facts}, self.target.embedder, Tally(), deadline)
            if crops is None:
                continue
            vectors = await embed_at(share, self.target.embedder, crops, deadline)
            (near,) = await self.target.gallery.search(vectors, facts.store, 10, deadline)
            first = {(one.product_id, one.store) for one in near if one.score >= near[0].score - TIE}
            self.tried += 1
            self.found += (facts.product_id, facts.store) in first
        if self.found < SELF_RETRIEVAL * self.tried:
            raise RebuildRefused(
                f"of {self.tried} references only {self.found} find their own product first in "
                f"{self.target.gallery.version}: the live gallery stays; drop the new one"
            )

    async def _switch(self, held: Contents, allow_missing: bool, deadline: Deadline) -> None:
        """With writes waiting: bring over the last changes, move the alias, and bring over what came in between."""
        source, target = self.source.gallery, self.target.gallery
        switched = False
        await self.galleries.seal(source.version, SEAL_S, deadline)
        try:
            async with asyncio.timeout(SEAL_S - SEAL_MARGIN_S):
                before = await source.contents(deadline)
                _, todo = await asyncio.to_thread(self._compared, before, held)
                async for _ in self._align(todo, 1.0, deadline):
                    pass
                await self._refuse_missing(allow_missing, deadline)
                await self._check_still_live()
                await self.galleries.seal(target.version, SEAL_S, deadline)
                await self.galleries.switch(source.version, target.version, deadline)
            switched = True
            async with asyncio.timeout(SEAL_S - SEAL_MARGIN_S):
                await self.live.follow(deadline)
                # Someone at Milvus's console does not wait.
                after = await source.contents(deadline)
                photos = await asyncio.to_thread(changed, before, after)
                said = {photo: after.get(photo, {}) for photo in photos}
                await self.aligner.bring_over(said, self.source.rotations, self.target, deadline)
        except TimeoutError:
            state = "swapped in, but may lack the console's last edits" if switched else "not swapped in"
            raise RebuildRefused(
                f"{target.version} was {state}: that took over {SEAL_S - SEAL_MARGIN_S:g} s with writes waiting"
            ) from None
        finally:
            for name in (source.version, target.version):
                with contextlib.suppress(TillsightError):  # a seal ends by itself
                    await self.galleries.unseal(name, deadline)

    async def _align(self, todo: Difference, share: float, deadline: Deadline) -> AsyncIterator[None]:
        self.tally.missing.clear()
        self.tally.done, self.total = 0, len(todo.embed)
        async for _ in self.aligner.align(self.target, todo, self.tally, deadline, share, self._check_still_live):
            yield

    async def _check_still_live(self) -> None:
        live = await self.galleries.live(Deadline.after(CHECK_S))
        if live != self.source.gallery.version:
            raise RebuildRefused(f"{live} was swapped in by someone else meanwhile: run again")

    async def _refuse_missing(self, allowed: bool, deadline: Deadline) -> None:
        patience = Deadline.after(self.removal_s)
        while self.tally.missing and not allowed:
            # A removal takes the photo before the rows: it may be under way.
            there = await self.source.gallery.contents(deadline, sorted(self.tally.missing))
            gone = self.tally.missing.keys() - there.keys()
            self.tally.missing = {photo: one for photo, one in self.tally.missing.items() if photo not in gone}
            self.want = {photo: rows for photo, rows in self.want.items() if photo not in gone}
            if patience.remaining() <= 0:
                break
            await asyncio.sleep(REMOVAL_POLL_S)
        if (missing := list(self.tally.missing.values())) and not allowed:
            some = "; ".join(f"product {one.product_id!r}, photo {one.photo_id}: {one.reason}" for one in missing[:3])
            raise RebuildRefused(
                f"{len(missing)} photos cannot be embedded again ({some}{' …' if len(missing) > 3 else ''}): "
                "bring them back, enrol them again, or allow that they are missing"
            )

    def _compared(self, said: Contents, held: Contents) -> tuple[Contents, Difference]:
        """What the target is to say where the source says this, and what must change for it. Takes a while."""
        want = wanted(said, self.source.rotations, self.target.rotations)
        return want, difference(want, held)

    def _progress(self) -> RebuildProgress:
        tally = self.tally
        return RebuildProgress(
            self.phase,
            self.target.gallery.version,
            self.source.gallery.version,
            tally.done,
            self.total,
            tally.embedded,
            tally.relabelled,
            tally.removed,
            self.tried,
            self.found,
            len(tally.missing),
            tuple(tally.missing.values()) if self.phase is RebuildPhase.DONE else (),
        )
