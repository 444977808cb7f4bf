"""The gallery in Milvus: one row for each reference photo and rotation.

A collection is a gallery version, its name carrying the embedder's fingerprint; an alias points at the live
one. Only calls that Milvus Lite, Milvus 2.3 and current Milvus all know are used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient

from tillsight.adapters.milvus_client import SERVER, MilvusCalls
from tillsight.adapters.milvus_rows import Row, attributes_of, by_product, create, of_store, quoted, visible_to
from tillsight.domain import Deadline, GalleryDescription, GalleryRow, Match, Product, ProductKey
from tillsight.errors import FingerprintMismatch, TillsightError, Unavailable

SHOWN = ["product_id", "name", "store", "attributes"]
PAGE_ROWS = 1000
FIRST_ROWS, MOST_ROWS = 64, 1024
"""Rows asked for by a search: one product has several near rows (rotations, photos), so more rows than products;
where too few products come back the search is repeated with more."""
WRITE_PATIENCE_S = 60.0


class MilvusGallery:
    """The gallery of one embedder, behind one alias."""

    def __init__(self, calls: MilvusCalls, alias: str) -> None:
        self._calls = calls
        self._alias = alias
        self._collection: str | TillsightError = Unavailable(SERVER, "the gallery has not been opened yet")
        self._dimension = 0
        self._is_lite = False

    @property
    def version(self) -> str:
        """The live collection; raises why there is none."""
        if isinstance(self._collection, TillsightError):
            raise self._collection
        return self._collection

    async def ping(self, deadline: Deadline) -> None:
        """Raises Unavailable where Milvus does not answer."""
        # The real server of the wheel calls itself v2.3.5-lite, Milvus Lite milvus_lite-3.2.2.
        self._is_lite = (await self._calls.ping(deadline)).startswith("milvus_lite")

    async def open(self, fingerprint: str, dimension: int, deadline: Deadline) -> None:
        """Find the live gallery, or make an empty one where there is none.

        Raises FingerprintMismatch where it was built by another embedder; Unavailable, DeadlineExceeded.
        """
        found = await self._calls.call(self._live_collection, deadline)
        if found is None:
            found = f"{self._alias}_{fingerprint}_1"
            await self._calls.call(lambda client, t: create(client, self._alias, found, dimension, t), deadline, 30.0)
        built_by = found.rsplit("_", 2)[-2] if found.count("_") >= 2 else "unknown"
        if built_by != fingerprint:
            self._collection = FingerprintMismatch(found, built_by, fingerprint)
            raise self._collection
        await self._calls.call(lambda client, t: client.load_collection(self._alias, timeout=t), deadline, 30.0)
        self._collection, self._dimension = found, dimension

    async def search(
        self, vectors: NDArray[np.float32], store: str, count: int, deadline: Deadline
    ) -> list[list[Match]]:
        """See `recognizer.Gallery.search`: one search for all vectors, grouped by product here."""
        matches: list[list[Match]] = [[] for _ in vectors]
        wanting = list(range(len(vectors)))
        rows = FIRST_ROWS
        while wanting:
            hits = await self._hits(vectors[wanting], store, rows, deadline)
            for position, near in zip(wanting, hits, strict=True):
                matches[position] = by_product(near)[:count]
            full = [len(near) >= rows for near in hits]
            wanting = [p for p, more in zip(wanting, full, strict=True) if more and len(matches[p]) < count]
            if rows >= MOST_ROWS:
                break
            rows *= 4
        return matches

    async def present(self, reference_ids: Sequence[str], deadline: Deadline) -> set[str]:
        """Which of these rows the gallery holds."""
        condition = f"reference_id in [{', '.join(map(quoted, reference_ids))}]"
        rows = await self._query(condition, ["reference_id"], deadline)
        return {row["reference_id"] for row in rows}

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products the gallery holds, by (product id, store)."""
        condition = f"degrees == 0 and product_id in [{', '.join(map(quoted, product_ids))}]"
        rows = await self._query(condition, ["product_id", "store", "name"], deadline)
        return {(row["product_id"], row["store"]): row["name"] for row in rows}

    async def upsert(self, rows: Sequence[GalleryRow], deadline: Deadline) -> None:
        """Write rows; one whose reference_id is there is replaced."""
        data = [
            {
                "reference_id": row.reference_id,
                "product_id": row.product_id,
                "name": row.name,
                "store": row.store,
                "active": True,
                "degrees": row.degrees,
                "attributes": dict(row.attributes),
                "vector": row.vector.tolist(),
            }
            for row in rows
        ]
        await self._calls.call(
            lambda client, t: client.upsert(self._alias, data, timeout=t), deadline, WRITE_PATIENCE_S
        )
        if self._is_lite:
            # Lite searches rows it has not flushed one by one in Python: 8,000 of them take seconds.
            await self._calls.call(lambda client, t: client.flush(self._alias, timeout=t), deadline, WRITE_PATIENCE_S)

    async def products(self, store: str, after: ProductKey, count: int, deadline: Deadline) -> list[Product]:
        """The first `count` products a store may see, active or not, after one of them, by id and store."""
        found: dict[ProductKey, Product] = {}
        condition = f"degrees == 0 and {of_store(store)} and product_id >= {quoted(after[0])}"
        for row in await self._all_rows(condition, [*SHOWN, "active"], deadline):
            key = (row["product_id"], row["store"])
            before = found.get(key)
            found[key] = Product(
                row["product_id"],
                row["name"],
                row["store"],
                bool(row["active"]) or (before is not None and before.active),
                1 + (before.references if before else 0),
                attributes_of(row),
            )
        return [found[key] for key in sorted(key for key in found if key > after)[:count]]

    async def describe(self, deadline: Deadline) -> GalleryDescription:
        """Counts and versions of the live gallery."""
        rows = (await self._query("", ["count(*)"], deadline))[0]["count(*)"]
        upright = await self._all_rows("degrees == 0", ["product_id", "store"], deadline)
        products = len({(row["product_id"], row["store"]) for row in upright})
        fingerprint = self.version.rsplit("_", 2)[-2]
        return GalleryDescription(self.version, fingerprint, self._dimension, products, len(upright), int(rows))

    def _live_collection(self, client: MilvusClient, timeout: float) -> str | None:
        if not client.has_collection(self._alias, timeout=timeout):
            return None
        return str(client.describe_collection(self._alias, timeout=timeout)["collection_name"])

    async def _hits(self, vectors: NDArray[np.float32], store: str, rows: int, deadline: Deadline) -> list[list[Row]]:
        def search(client: MilvusClient, timeout: float) -> list[list[Row]]:
            found: list[list[Row]] = client.search(
                self._alias,
                data=list(vectors),
                filter=visible_to(store),
                limit=rows,
                output_fields=SHOWN,
                search_params={"metric_type": "COSINE", "params": {"ef": max(2 * rows, 128)}},
                timeout=timeout,
            )
            return found

        return await self._calls.call(search, deadline)

    async def _query(self, condition: str, fields: list[str], deadline: Deadline) -> list[Row]:
        def query(client: MilvusClient, timeout: float) -> list[Row]:
            return list(client.query(self._alias, filter=condition, output_fields=fields, timeout=timeout))

        return await self._calls.call(query, deadline)

    async def _all_rows(self, condition: str, fields: list[str], deadline: Deadline) -> list[Row]:
        """Every row that meets a condition, however many: Milvus answers at most 16,384 at once."""

        def pages(client: MilvusClient, timeout: float) -> list[Row]:
            rows: list[Row] = []
            iterator = client.query_iterator(
                self._alias, batch_size=PAGE_ROWS, filter=condition, output_fields=fields, timeout=timeout
            )
            try:
                while page := iterator.next():
                    rows.extend(page)
            finally:
                iterator.close()
            return rows

        return await self._calls.call(pages, deadline, WRITE_PATIENCE_S)
