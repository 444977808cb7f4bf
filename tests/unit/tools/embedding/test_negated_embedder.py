"""The embedder with negated vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from embedding.graph import build_graph
from embedding.negated_embedder import write_negated_embedder
from embedding.repository import write
from runtime import model_folder
from support.small_vgg import POOLINGS, SIZE, random_convolutions


def test_its_vectors_are_the_negated_ones_under_another_fingerprint_and_name(tmp_path: Path) -> None:
    fingerprint = write(build_graph(random_convolutions(), SIZE, POOLINGS), tmp_path / "vgg")

    negated = write_negated_embedder(tmp_path / "vgg", tmp_path / "negated")

    assert negated != fingerprint
    assert model_folder.parameter(tmp_path / "negated", "fingerprint") == negated
    assert model_folder.config(tmp_path / "negated").name == "negated"
    crops = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
    vectors = [model_folder.load(tmp_path / name)(crops)["embedding"] for name in ("vgg", "negated")]
    np.testing.assert_allclose(vectors[0], -vectors[1], atol=1e-6)
