"""Small models for a local Triton, and a check that no process is left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.small_models import write_doubler, write_triples, write_unbatched
from tillsight.local.supervisor import descendants


@pytest.fixture(scope="module")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("repository")
    write_doubler(repository)
    write_unbatched(repository)
    write_triples(repository)
    return repository


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails a test that leaves a process running which did not run before it."""
    before = set(descendants(os.getpid()))
    yield
    assert set(descendants(os.getpid())) <= before
