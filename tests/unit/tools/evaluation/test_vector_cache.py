"""Vectors are embedded once, kept in a file, and refused if they are of something else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evaluation.memory_gallery import MemoryGallery
from evaluation.vector_cache import load_or_build
from tillsight.client.parquet import GalleryFile
from tillsight.domain.errors import InvalidGalleryFile
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow


def embedder(fingerprint: str = "aa") -> Any:
    return SimpleNamespace(fingerprint=fingerprint, dimension=2)


def gallery() -> MemoryGallery:
    vectors = np.float32([[1, 0], [0, 1], [0.6, 0.8]])
    return MemoryGallery(
        GalleryRow(row_id(f"r{n}", 0), f"p{n % 2}", "Tea", "", 0, {}, vector) for n, vector in enumerate(vectors)
    )


def never_built() -> MemoryGallery:
    raise AssertionError("embedded again")


def test_a_gallery_is_built_once_and_read_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "g.parquet"
    made = load_or_build(file, {"p0", "p1"}, embedder(), gallery)
    read = load_or_build(file, {"p0", "p1"}, embedder(), never_built)

    assert read.rows.keys() == made.rows.keys()
    assert all(np.array_equal(read.rows[key].vector, made.rows[key].vector) for key in made.rows)
    assert not GalleryFile.open(file).header.HasField("calibration")  # a gallery loaded from it keeps its own
    assert len(load_or_build(None, {"p0", "p1"}, embedder(), gallery).rows) == 3


@pytest.mark.parametrize(
    ("fingerprint", "products", "reason"), [("bb", {"p0", "p1"}, "embedder aa"), ("aa", {"p0", "p2"}, "other products")]
)
def test_vectors_of_something_else_are_refused(
    tmp_path: Path, fingerprint: str, products: set[str], reason: str
) -> None:
    file = tmp_path / "g.parquet"
    load_or_build(file, {"p0", "p1"}, embedder(), gallery)

    with pytest.raises(InvalidGalleryFile, match=reason):
        load_or_build(file, products, embedder(fingerprint), never_built)
