"""The parts of a whole export."""

from __future__ import annotations

import pytest

from embedding.export_run import parse_blocks
from tillsight.domain.errors import InvalidInput


def test_blocks_are_read_in_their_order() -> None:
    assert parse_blocks("4,3", range(1, 6)) == [4, 3]


@pytest.mark.parametrize("text", ["", "three", "0,3", "6"])
def test_blocks_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="give numbers from 1 to 5"):
        parse_blocks(text, range(1, 6))
