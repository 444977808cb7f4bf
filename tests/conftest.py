"""What all tests share: an environment without settings of the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, without a .env file and without TILLSIGHT_ variables."""
    for name in [name for name in os.environ if name.startswith("TILLSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
