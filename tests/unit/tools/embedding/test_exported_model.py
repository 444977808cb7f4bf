"""Exported embedders read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedding.exported_model import read_exported
from embedding.graph import Pooling, build_graph
from embedding.repository import write
from embedding.vgg16 import quantize_to_eight_bits
from embedding.whitening import Whitening
from support.small_vgg import SIZE, random_convolutions
from tillsight.domain.errors import InvalidInput

POOLINGS = (Pooling(3), Pooling(4))


def test_a_model_that_is_read_back_and_written_again_is_the_same(tmp_path: Path) -> None:
    crops = np.random.default_rng(2).integers(0, 256, (4, SIZE, SIZE, 3), np.uint8)
    network = quantize_to_eight_bits(random_convolutions(), (3, 4), crops)
    whitening = Whitening(np.zeros(18, np.float32), np.eye(18, 8, dtype=np.float32))
    fingerprint = write(build_graph(network, SIZE, POOLINGS, whitening, 0.1), tmp_path / "vgg")

    read = read_exported(tmp_path / "vgg")

    assert read.aspect_ratio_weight == pytest.approx(0.1)
    assert (read.size, read.poolings) == (SIZE, POOLINGS)
    graph = build_graph(read.convolutions, read.size, read.poolings, read.whitening, read.aspect_ratio_weight)
    assert write(graph, tmp_path / "again") == fingerprint


def test_a_model_without_whitening_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    write(build_graph(random_convolutions(), SIZE, POOLINGS), tmp_path / "plain")

    with pytest.raises(InvalidInput, match="not a whitened VGG16"):
        read_exported(tmp_path / "plain")
    with pytest.raises(InvalidInput, match="there is no model"):
        read_exported(tmp_path / "absent")
