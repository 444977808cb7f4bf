"""One collection in Milvus."""

from __future__ import annotations

import pytest

from tillsight.adapters.milvus.collection import KEYS_PER_FILTER, batches


@pytest.mark.parametrize("count", [0, 1, KEYS_PER_FILTER, KEYS_PER_FILTER + 1, 3 * KEYS_PER_FILTER])
def test_keys_are_split_into_filters_without_loss(count: int) -> None:
    keys = [f"r{number}" for number in range(count)]
    parts = list(batches(keys))
    assert [key for part in parts for key in part] == keys
    assert all(0 < len(part) <= KEYS_PER_FILTER for part in parts)
