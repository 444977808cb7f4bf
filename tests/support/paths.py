"""Paths of the project and of the test data."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEST_DATA = Path(os.environ.get("TILLSIGHT_TEST_DATA", ROOT.parent / "shared" / "data"))
"""Photos that are not part of the project; tests that use them are skipped without them."""
