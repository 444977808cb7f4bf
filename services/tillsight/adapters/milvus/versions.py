"""The gallery versions in Milvus: collections behind one alias, and what is noted of each in its properties."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from pymilvus import DataType, MilvusClient

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.collection import WRITE_PATIENCE_S
from tillsight.adapters.milvus.gallery import CALIBRATION, MilvusGallery, fingerprint_in
from tillsight.adapters.milvus.rows import create_collection
from tillsight.domain.deadline import Deadline
from tillsight.gallery.versions import GalleryState, GalleryVersion
from tillsight.recognition.ports import Embedder

MODEL, ROTATIONS, STATE = "tillsight.embedder", "tillsight.rotations", "tillsight.state"
WRITE_FENCE, REPLACED = "tillsight.write_fence_until", "tillsight.replaced_at"
"""Properties: the embedder's name on Triton, rotations, `building` or `complete`, and two Unix times."""
BUILDING, COMPLETE = "building", "complete"
LOAD_PATIENCE_S = 120.0
INDEX_POLL_S = 0.5
INDEX_DEADLINE_S = 1800.0


class MilvusVersions:
    """The collections `<alias>_<fingerprint>_<number>`. Every method raises Unavailable and DeadlineExceeded."""

    def __init__(self, calls: MilvusCalls, alias: str, model: str, rotations: int) -> None:
        """`model` and `rotations` are taken for those of a collection that says nothing of them."""
        self._calls = calls
        self._alias = alias
        self._defaults = {MODEL: model, ROTATIONS: str(rotations)}

    async def ping(self, deadline: Deadline) -> None:
        """Raises Unavailable where Milvus does not answer."""
        await self._calls.ping(deadline)

    async def live(self, deadline: Deadline) -> str | None:
        """The collection that the alias points at, if it points at one."""
        return (await self.live_and_write_fence(deadline))[0]

    async def live_and_write_fence(self, deadline: Deadline) -> tuple[str | None, bool]:
        """The same, and whether writes are to wait, as another version is being swapped in."""

        def describe(client: MilvusClient, timeout: float) -> tuple[str | None, bool]:
            if not client.has_collection(self._alias, timeout=timeout):
                return None, False
            told = client.describe_collection(self._alias, timeout=timeout)
            write_fence_until = float((told.get("properties") or {}).get(WRITE_FENCE) or 0)
            return str(told["collection_name"]), write_fence_until > time.time()

        return await self._calls.call(describe, deadline)

    async def version(self, name: str, deadline: Deadline) -> GalleryVersion:
        """What is noted of a collection."""
        live = await self.live(deadline)
        return await self._calls.call(lambda client, t: self._version(client, name, live, t), deadline)

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        """All of them: those of an embedder together, by number."""
        live = await self.live(deadline)

        def every(client: MilvusClient, timeout: float) -> list[GalleryVersion]:
            names = [str(name) for name in client.list_collections(timeout=timeout)]
            ours = sorted((fingerprint_in(name), self._number(name), name) for name in names if self._number(name))
            return [self._version(client, name, live, timeout) for _, _, name in ours]

        return await self._calls.call(every, deadline, LOAD_PATIENCE_S)

    async def create(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> MilvusGallery:
        """A new and empty one, BUILDING."""
        there = [one.name for one in await self.versions(deadline) if one.fingerprint == embedder.fingerprint]
        name = f"{self._alias}_{embedder.fingerprint}_{max(map(self._number, there), default=0) + 1}"
        told = {MODEL: model, ROTATIONS: str(rotations), STATE: BUILDING}
        await self._calls.call(
            lambda client, t: create_collection(client, name, embedder.dimension, told, t), deadline, LOAD_PATIENCE_S
        )
        return await self.open(name, deadline)

    async def create_first(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> MilvusGallery:
        """The first version, empty and live."""
        name = f"{self._alias}_{embedder.fingerprint}_1"
        told = {MODEL: model, ROTATIONS: str(rotations), STATE: COMPLETE}

        def make(client: MilvusClient, timeout: float) -> None:
            create_collection(client, name, embedder.dimension, told, timeout)
            client.create_alias(name, self._alias, timeout=timeout)

        await self._calls.call(make, deadline, LOAD_PATIENCE_S)
        return await self.open(name, deadline)

    async def open(self, name: str, deadline: Deadline) -> MilvusGallery:
        """One that is there, loaded; all that anybody wrote into it before is seen from then on."""

        def load(client: MilvusClient, timeout: float) -> tuple[int, str | None]:
            client.load_collection(name, timeout=timeout)
            client.query(name, filter='reference_id == ""', consistency_level="Strong", timeout=timeout)
            told = client.describe_collection(name, timeout=timeout)
            dimensions = (field["params"]["dim"] for field in told["fields"] if field["type"] == DataType.FLOAT_VECTOR)
            return int(next(dimensions)), (told.get("properties") or {}).get(CALIBRATION)

        return MilvusGallery(self._calls, name, *await self._calls.call(load, deadline, LOAD_PATIENCE_S))

    async def index(self, name: str, deadline: Deadline) -> None:
        """Wait until all rows of a version are indexed: others are searched one by one."""
        await self._calls.call(lambda client, t: client.flush(name, timeout=t), deadline, LOAD_PATIENCE_S)
        end = Deadline.after(min(INDEX_DEADLINE_S, deadline.remaining()))

        def pending(client: MilvusClient, timeout: float) -> int:
            return int(client.describe_index(name, "vector", timeout=timeout).get("pending_index_rows") or 0)

        while await self._calls.call(pending, end):  # noqa: ASYNC110 (Milvus tells nobody)
            await asyncio.sleep(INDEX_POLL_S)

    async def raise_write_fence(self, name: str, seconds: float, deadline: Deadline) -> None:
        """Have writes wait, wherever they come from, until `unseal` or so many seconds have passed."""
        await self._note(name, {WRITE_FENCE: f"{time.time() + seconds:.3f}"}, deadline)

    async def lift_write_fence(self, name: str, deadline: Deadline) -> None:
        """Let writes go on."""
        await self._note(name, {WRITE_FENCE: "0"}, deadline)

    async def switch(self, old: str, new: str, deadline: Deadline) -> None:
        """Point the alias at another version, which is complete then; the old one is KEPT, with the time noted.

        One of the same embedder takes over the calibration.
        """
        was = await self.version(old, deadline)
        told = {MODEL: was.embedder, ROTATIONS: str(was.rotations), STATE: COMPLETE, REPLACED: f"{time.time():.3f}"}
        await self._note(old, told, deadline)
        calibration = await self._calls.call(lambda client, t: _properties(client, old, t).get(CALIBRATION), deadline)
        taken = {CALIBRATION: str(calibration)} if calibration and fingerprint_in(old) == fingerprint_in(new) else {}
        await self._note(new, {STATE: COMPLETE, **taken}, deadline)
        await self._calls.call(lambda client, t: client.alter_alias(new, self._alias, timeout=t), deadline)

    async def drop(self, name: str, deadline: Deadline) -> None:
        """Delete a version."""
        await self._calls.call(lambda client, t: client.drop_collection(name, timeout=t), deadline, WRITE_PATIENCE_S)

    async def _note(self, name: str, told: Mapping[str, str], deadline: Deadline) -> None:
        properties = dict(told)
        await self._calls.call(
            lambda client, t: client.alter_collection_properties(name, properties, timeout=t), deadline
        )

    def _version(self, client: MilvusClient, name: str, live: str | None, timeout: float) -> GalleryVersion:
        told = _properties(client, name, timeout)
        loaded = str(client.get_load_state(name, timeout=timeout).get("state", "")).endswith("Loaded")
        counted = client.query(name, filter="", output_fields=["count(*)"], timeout=timeout) if loaded else []
        state = GalleryState.KEPT if told.get(STATE) == COMPLETE else GalleryState.BUILDING
        return GalleryVersion(
            name,
            fingerprint_in(name),
            told.get(MODEL) or self._defaults[MODEL],
            int(told.get(ROTATIONS) or self._defaults[ROTATIONS]),
            GalleryState.LIVE if name == live else state,
            int(counted[0]["count(*)"]) if counted else None,
            float(told.get(REPLACED) or 0),
        )

    def _number(self, name: str) -> int:
        """The number in the name of one of ours; 0 for other collections."""
        parts = name.split("_")
        return int(parts[2]) if len(parts) == 3 and parts[0] == self._alias and parts[2].isdigit() else 0


def _properties(client: MilvusClient, name: str, timeout: float) -> Mapping[str, Any]:
    """The properties of a collection."""
    return client.describe_collection(name, timeout=timeout).get("properties") or {}
