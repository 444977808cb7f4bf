"""The gallery versions in Milvus: collections behind one alias, and what is noted of each in its properties."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from pymilvus import DataType, MilvusClient

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.collection import WRITE_PATIENCE_S
from tillsight.adapters.milvus.gallery import MilvusGallery
from tillsight.adapters.milvus.names import (
    BUILDING,
    CALIBRATION,
    COMPLETE,
    EMBEDDER,
    REPLACED_AT,
    ROTATIONS,
    STATE,
    WRITE_FENCE_UNTIL,
    fingerprint_of,
    number_of,
)
from tillsight.adapters.milvus.rows import create_collection
from tillsight.domain.deadline import Deadline
from tillsight.gallery.versions import GalleryState, GalleryVersion
from tillsight.recognition.ports import Embedder

LOAD_PATIENCE_S = 120.0
INDEX_POLL_S = 0.5
INDEX_DEADLINE_S = 1800.0


class MilvusVersions:
    """The collections `<alias>_<fingerprint>_<number>`. Every method raises Unavailable and DeadlineExceeded."""

    def __init__(self, calls: MilvusCalls, alias: str, model: str, rotations: int) -> None:
        """`model` and `rotations` are assumed for a collection without these properties."""
        self._calls = calls
        self._alias = alias
        self._defaults = {EMBEDDER: model, ROTATIONS: str(rotations)}

    async def ping(self, deadline: Deadline) -> None:
        """Raises Unavailable if Milvus does not answer."""
        await self._calls.ping(deadline)

    async def live(self, deadline: Deadline) -> str | None:
        """The collection that the alias points at; None without an alias."""
        return (await self.live_and_write_fence(deadline))[0]

    async def live_and_write_fence(self, deadline: Deadline) -> tuple[str | None, bool]:
        """As `live`, and whether a write fence is up because another version is being swapped in."""

        def describe(client: MilvusClient, timeout: float) -> tuple[str | None, bool]:
            if not client.has_collection(self._alias, timeout=timeout):
                return None, False
            described = client.describe_collection(self._alias, timeout=timeout)
            write_fence_until = float((described.get("properties") or {}).get(WRITE_FENCE_UNTIL) or 0)
            return str(described["collection_name"]), write_fence_until > time.time()

        return await self._calls.call(describe, deadline)

    async def version(self, name: str, deadline: Deadline) -> GalleryVersion:
        """A gallery version by its collection's name."""
        live = await self.live(deadline)
        return await self._calls.call(lambda client, t: self._version(client, name, live, t), deadline)

    async def versions(self, deadline: Deadline) -> list[GalleryVersion]:
        """All versions, sorted by embedder and number."""
        live = await self.live(deadline)

        def every(client: MilvusClient, timeout: float) -> list[GalleryVersion]:
            names = [str(name) for name in client.list_collections(timeout=timeout)]
            of_alias = sorted(
                (fingerprint_of(name), number_of(name, self._alias), name)
                for name in names
                if number_of(name, self._alias)
            )
            return [self._version(client, name, live, timeout) for _, _, name in of_alias]

        return await self._calls.call(every, deadline, LOAD_PATIENCE_S)

    async def create(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> MilvusGallery:
        """See `GalleryVersionStore.create`."""
        existing = [one.name for one in await self.versions(deadline) if one.fingerprint == embedder.fingerprint]
        number = max((number_of(name, self._alias) for name in existing), default=0) + 1
        name = f"{self._alias}_{embedder.fingerprint}_{number}"
        properties = {EMBEDDER: model, ROTATIONS: str(rotations), STATE: BUILDING}
        await self._calls.call(
            lambda client, t: create_collection(client, name, embedder.dimension, properties, t),
            deadline,
            LOAD_PATIENCE_S,
        )
        return await self.open(name, deadline)

    async def create_first(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> MilvusGallery:
        """Create the first version, empty and live."""
        name = f"{self._alias}_{embedder.fingerprint}_1"
        properties = {EMBEDDER: model, ROTATIONS: str(rotations), STATE: COMPLETE}

        def make(client: MilvusClient, timeout: float) -> None:
            create_collection(client, name, embedder.dimension, properties, timeout)
            client.create_alias(name, self._alias, timeout=timeout)

        await self._calls.call(make, deadline, LOAD_PATIENCE_S)
        return await self.open(name, deadline)

    async def open(self, name: str, deadline: Deadline) -> MilvusGallery:
        """See `GalleryVersionStore.open`: the collection is loaded, and every earlier write to it is visible."""

        def load(client: MilvusClient, timeout: float) -> tuple[int, str | None]:
            client.load_collection(name, timeout=timeout)
            client.query(name, filter='reference_id == ""', consistency_level="Strong", timeout=timeout)
            described = client.describe_collection(name, timeout=timeout)
            dimensions = (
                field["params"]["dim"] for field in described["fields"] if field["type"] == DataType.FLOAT_VECTOR
            )
            return int(next(dimensions)), (described.get("properties") or {}).get(CALIBRATION)

        return MilvusGallery(self._calls, name, *await self._calls.call(load, deadline, LOAD_PATIENCE_S))

    async def index(self, name: str, deadline: Deadline) -> None:
        """See `GalleryVersionStore.index`. Rows that are not indexed are searched one by one."""
        await self._calls.call(lambda client, t: client.flush(name, timeout=t), deadline, LOAD_PATIENCE_S)
        end = Deadline.after(min(INDEX_DEADLINE_S, deadline.remaining()))

        def pending(client: MilvusClient, timeout: float) -> int:
            return int(client.describe_index(name, "vector", timeout=timeout).get("pending_index_rows") or 0)

        while await self._calls.call(pending, end):  # noqa: ASYNC110 (Milvus sends no event)
            await asyncio.sleep(INDEX_POLL_S)

    async def raise_write_fence(self, name: str, seconds: float, deadline: Deadline) -> None:
        """See `GalleryVersionStore.raise_write_fence`: a property of the collection, so every service sees it."""
        await self._set_properties(name, {WRITE_FENCE_UNTIL: f"{time.time() + seconds:.3f}"}, deadline)

    async def lift_write_fence(self, name: str, deadline: Deadline) -> None:
        """See `GalleryVersionStore.lift_write_fence`."""
        await self._set_properties(name, {WRITE_FENCE_UNTIL: "0"}, deadline)

    async def switch(self, old: str, new: str, deadline: Deadline) -> None:
        """See `GalleryVersionStore.switch`. A version of the same embedder takes the calibration of the old one."""
        replaced = await self.version(old, deadline)
        properties = {
            EMBEDDER: replaced.embedder,
            ROTATIONS: str(replaced.rotations),
            STATE: COMPLETE,
            REPLACED_AT: f"{time.time():.3f}",
        }
        await self._set_properties(old, properties, deadline)
        calibration = await self._calls.call(lambda client, t: _properties(client, old, t).get(CALIBRATION), deadline)
        inherited = (
            {CALIBRATION: str(calibration)} if calibration and fingerprint_of(old) == fingerprint_of(new) else {}
        )
        await self._set_properties(new, {STATE: COMPLETE, **inherited}, deadline)
        await self._calls.call(lambda client, t: client.alter_alias(new, self._alias, timeout=t), deadline)

    async def drop(self, name: str, deadline: Deadline) -> None:
        """See `GalleryVersionStore.drop`."""
        await self._calls.call(lambda client, t: client.drop_collection(name, timeout=t), deadline, WRITE_PATIENCE_S)

    async def _set_properties(self, name: str, changes: Mapping[str, str], deadline: Deadline) -> None:
        properties = dict(changes)
        await self._calls.call(
            lambda client, t: client.alter_collection_properties(name, properties, timeout=t), deadline
        )

    def _version(self, client: MilvusClient, name: str, live: str | None, timeout: float) -> GalleryVersion:
        properties = _properties(client, name, timeout)
        loaded = str(client.get_load_state(name, timeout=timeout).get("state", "")).endswith("Loaded")
        counted = client.query(name, filter="", output_fields=["count(*)"], timeout=timeout) if loaded else []
        state = GalleryState.KEPT if properties.get(STATE) == COMPLETE else GalleryState.BUILDING
        return GalleryVersion(
            name,
            fingerprint_of(name),
            properties.get(EMBEDDER) or self._defaults[EMBEDDER],
            int(properties.get(ROTATIONS) or self._defaults[ROTATIONS]),
            GalleryState.LIVE if name == live else state,
            int(counted[0]["count(*)"]) if counted else None,
            float(properties.get(REPLACED_AT) or 0),
        )


def _properties(client: MilvusClient, name: str, timeout: float) -> Mapping[str, Any]:
    """The properties of a collection."""
    return client.describe_collection(name, timeout=timeout).get("properties") or {}
