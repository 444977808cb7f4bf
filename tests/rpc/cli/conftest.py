"""A photo for the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.pictures import BLUE, RED, counter, encode


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "counter.png"
    path.write_bytes(encode(counter(((8, 10, 30, 30), RED), ((70, 30, 30, 40), BLUE))))
    return path
