"""What all tests share: where the photos for testing are, and an environment without settings of the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST_DATA = Path(os.environ.get("TILLSIGHT_TEST_DATA", ROOT.parent / "shared" / "data"))
"""Photos that are not part of the project; tests that use them skip where they are absent."""


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, without a .env file and without TILLSIGHT_ variables."""
    for name in [name for name in os.environ if name.startswith("TILLSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
