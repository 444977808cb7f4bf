"""What benchmark commands share."""

from __future__ import annotations

import pytest

from benchmarks.harness import selected_kinds


@pytest.mark.parametrize(
    ("option", "kinds"),
    [
        ("lite", ["Milvus Lite"]),
        ("standalone", ["Milvus 2.3.5"]),
        ("both", ["Milvus Lite", "Milvus 2.3.5"]),
    ],
)
def test_the_option_selects_the_kinds_of_milvus(option: str, kinds: list[str]) -> None:
    assert selected_kinds(option) == kinds
