"""One collection in Milvus: its rows are read, searched, written and deleted here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.filters import any_of
from tillsight.adapters.milvus.rows import Row
from tillsight.domain.deadline import Deadline

PAGE_ROWS = 1000
KEYS_PER_FILTER = 500
"""Values that one filter lists."""
MAX_QUERY_ROWS = 16_384
"""The most rows that Milvus answers to one query."""
WRITE_PATIENCE_S = 60.0


class MilvusCollection:
    """Rows of one collection. Every method raises Unavailable and DeadlineExceeded."""

    def __init__(self, calls: MilvusCalls, name: str) -> None:
        self._calls = calls
        self._name = name

    async def search(
        self, vectors: NDArray[np.float32], condition: str, rows: int, fields: list[str], deadline: Deadline
    ) -> list[list[Row]]:
        """The nearest rows, at most `rows`, that meet a condition, for each of N vectors float32 [N, D], best first."""

        def search(client: MilvusClient, timeout: float) -> list[list[Row]]:
            found: list[list[Row]] = client.search(
                self._name,
                data=list(vectors),
                filter=condition,
                limit=rows,
                output_fields=fields,
                search_params={"metric_type": "COSINE", "params": {"ef": max(2 * rows, 128)}},
                timeout=timeout,
            )
            return found

        return await self._calls.call(search, deadline)

    async def query(
        self,
        condition: str,
        fields: list[str],
        deadline: Deadline,
        consistency_level: str = "Session",
        limit: int | None = None,
    ) -> list[Row]:
        """The rows that meet a condition, at most `limit`; Milvus refuses queries for more than MAX_QUERY_ROWS."""
        most = {} if limit is None else {"limit": limit}

        def query(client: MilvusClient, timeout: float) -> list[Row]:
            rows = client.query(
                self._name,
                filter=condition,
                output_fields=fields,
                consistency_level=consistency_level,
                timeout=timeout,
                **most,
            )
            return list(rows)

        return await self._calls.call(query, deadline)

    async def count(self, condition: str, deadline: Deadline) -> int:
        """How many rows meet a condition."""
        return int((await self.query(condition, ["count(*)"], deadline))[0]["count(*)"])

    async def every(self, condition: str, fields: list[str], deadline: Deadline) -> list[Row]:
        """All rows that meet a condition."""
        async with aclosing(self.pages(condition, fields, deadline)) as pages:
            return [row async for page in pages for row in page]

    async def pages(self, condition: str, fields: list[str], deadline: Deadline) -> AsyncGenerator[list[Row], None]:
        """All rows that meet a condition, a page at a time."""
        iterator = await self._calls.call(
            lambda client, t: client.query_iterator(
                self._name, batch_size=PAGE_ROWS, filter=condition, output_fields=fields, timeout=t
            ),
            deadline,
            WRITE_PATIENCE_S,
        )
        try:
            while page := await self._calls.call(lambda client, t: iterator.next(), deadline, WRITE_PATIENCE_S):
                yield list(page)
        finally:
            iterator.close()

    async def upsert(self, records: Sequence[Row], deadline: Deadline) -> None:
        """Write rows; an existing row with the same primary key is replaced."""
        data = list(records)
        await self._calls.call(lambda client, t: client.upsert(self._name, data, timeout=t), deadline, WRITE_PATIENCE_S)
        if self._calls.is_lite:
            # Milvus Lite searches rows that are not flushed one by one in Python: 8,000 of them take seconds.
            await self._calls.call(lambda client, t: client.flush(self._name, timeout=t), deadline, WRITE_PATIENCE_S)

    async def delete(self, reference_ids: Sequence[str], deadline: Deadline) -> None:
        """Delete rows by their primary keys; no search returns them afterwards."""
        condition = ""
        for some in batches(reference_ids):
            condition = any_of("reference_id", some)

            def delete(client: MilvusClient, timeout: float, condition: str = condition) -> None:
                client.delete(self._name, filter=condition, timeout=timeout)

            await self._calls.call(delete, deadline, WRITE_PATIENCE_S)
        if condition:
            # In Milvus 2.3 a deletion does not advance the session's timestamp, so the next search could still return
            # the rows. A Strong query waits until all earlier writes are visible, 200 ms there.
            await self.query(condition, ["reference_id"], deadline, consistency_level="Strong")


def batches(keys: Sequence[str], size: int = KEYS_PER_FILTER) -> Iterator[Sequence[str]]:
    """Keys in batches that one filter may list."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
