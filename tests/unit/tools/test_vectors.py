"""Vectors are embedded once: kept in a file, and refused where they are of something else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evaluation import models
from evaluation.inprocess import MemoryGallery
from evaluation.vectors import cached
from tillsight.client.parquet import GalleryFile
from tillsight.domain.errors import InvalidGalleryFile
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.recognition.calibration import Calibration


def embedder(fingerprint: str = "aa") -> Any:
    return SimpleNamespace(fingerprint=fingerprint, dimension=2)


def gallery() -> MemoryGallery:
    vectors = np.float32([[1, 0], [0, 1], [0.6, 0.8]])
    return MemoryGallery(
        GalleryRow(row_id(f"r{n}", 0), f"p{n % 2}", "Tea", "", 0, {}, vector) for n, vector in enumerate(vectors)
    )


def never() -> MemoryGallery:
    raise AssertionError("embedded again")


def test_a_gallery_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "g.parquet"
    made = cached(file, {"p0", "p1"}, embedder(), gallery)
    read = cached(file, {"p0", "p1"}, embedder(), never)

    assert read.rows.keys() == made.rows.keys()
    assert all(np.array_equal(read.rows[key].vector, made.rows[key].vector) for key in made.rows)
    assert not GalleryFile.open(file).header.HasField("calibration")  # a gallery loaded from it keeps its own
    assert len(cached(None, {"p0", "p1"}, embedder(), gallery).rows) == 3


@pytest.mark.parametrize(
    ("fingerprint", "products", "reason"), [("bb", {"p0", "p1"}, "embedder aa"), ("aa", {"p0", "p2"}, "other products")]
)
def test_vectors_of_something_else_are_refused(
    tmp_path: Path, fingerprint: str, products: set[str], reason: str
) -> None:
    file = tmp_path / "g.parquet"
    cached(file, {"p0", "p1"}, embedder(), gallery)

    with pytest.raises(InvalidGalleryFile, match=reason):
        cached(file, products, embedder(fingerprint), never)


def test_a_kept_calibration_takes_the_place_of_the_one_there(tmp_path: Path) -> None:
    config = tmp_path / "config.pbtxt"
    config.write_text(
        'name: "vgg"\nmax_batch_size: 2\ninput [ { name: "crops" data_type: TYPE_UINT8 dims: [ 8, 8, 3 ] } ]\n'
        'parameters { key: "fingerprint" value: { string_value: "aa" } }\n'
    )
    for known_from in (0.5, 0.75):
        models.keep_calibration(tmp_path, Calibration(known_from=known_from))

    for path in (config, tmp_path / "configs" / "gpu.pbtxt"):
        assert path.read_text().count("calibration") == 1
    assert Calibration.from_json(models.parameter(tmp_path, "calibration")).known_from == 0.75
    assert models.parameter(tmp_path, "fingerprint") == "aa"
