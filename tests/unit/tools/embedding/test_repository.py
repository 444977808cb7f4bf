"""Written embedder folders."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from embedding.graph import build_graph
from embedding.repository import agreement, write
from embedding.vgg16 import Convolutions
from runtime import model_folder
from support.small_vgg import (
    POOLINGS,
    SIZE,
)


def test_a_written_model_gives_equal_vectors_in_both_runtimes(
    convolutions: Convolutions, crops: np.ndarray, tmp_path: Path
) -> None:
    model_dir = tmp_path / "vgg"
    fingerprint = write(build_graph(convolutions, SIZE, POOLINGS), model_dir)

    assert agreement(model_dir, crops) > 0.999
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint)
    assert model_folder.parameter(model_dir, "fingerprint") == fingerprint
    assert model_folder.parameter(model_dir, "crop_size") == str(SIZE)
    assert model_folder.parameter(model_dir, "dimension") == "22"
    assert f"dims: [ {SIZE}, {SIZE}, 3 ]" in (model_dir / "config.pbtxt").read_text()


def test_the_same_weights_give_the_same_fingerprint(convolutions: Convolutions, tmp_path: Path) -> None:
    first = write(build_graph(convolutions, SIZE, POOLINGS), tmp_path / "a")

    assert write(build_graph(convolutions, SIZE, POOLINGS), tmp_path / "b") == first
