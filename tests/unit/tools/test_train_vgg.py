"""Tuning the embedder on labelled photos, on a network of VGG16's structure with few channels."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embedding.exported_model import read_exported
from embedding.graph import Pooling, build_graph
from embedding.repository import write
from embedding.vgg16 import Convolutions, quantize_to_eight_bits
from embedding.vgg16_weights import CAFFE_MEAN
from embedding.whitening import Whitening
from runtime import model_folder
from support.small_vgg import random_layers
from support.striped_classes import write_striped_classes

SIZE = 32


ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    crops = np.random.default_rng(2).integers(0, 256, (4, SIZE, SIZE, 3), np.uint8)
    network = quantize_to_eight_bits(Convolutions(random_layers(), CAFFE_MEAN, "a test"), (3, 4), crops)
    whitening = Whitening(np.zeros(18, np.float32), np.eye(18, 8, dtype=np.float32))
    folder = tmp_path_factory.mktemp("models") / "vgg"
    write(build_graph(network, SIZE, (Pooling(3), Pooling(4)), whitening), folder)
    return folder


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = tmp_path_factory.mktemp("photos") / "gallery.csv"
    write_striped_classes(manifest)
    return manifest


def _tuned(gallery: Path, start: Path, out: Path, *options: str) -> dict[str, object]:
    command = [sys.executable, "tools/train_vgg.py", "--gallery", gallery, "--out", out, "--start", start, "--json"]
    environment = {"PYTHONPATH": f"{ROOT / 'services'}:{ROOT / 'tools'}", "PATH": ""}
    done = subprocess.run(
        [*map(str, command), *options], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_a_tuned_model_is_complete_and_differs_from_its_start(gallery: Path, start: Path, tmp_path: Path) -> None:
    result = _tuned(gallery, start, tmp_path / "tuned", "--steps", "6", "--hold-out-classes", "0.25")

    assert result["fingerprint"] == model_folder.parameter(tmp_path / "tuned", "fingerprint")
    assert result["fingerprint"] != model_folder.parameter(start, "fingerprint")
    before, after = read_exported(start), read_exported(tmp_path / "tuned")
    for number in range(9):  # the frozen ones
        np.testing.assert_array_equal(before.convolutions.layers[number][0], after.convolutions.layers[number][0])
    assert not np.array_equal(before.convolutions.layers[9][0], after.convolutions.layers[9][0])
    assert len(json.loads((tmp_path / "tuned" / "tuned_classes.json").read_text())) == 3
    assert str(result["fingerprint"]) in (tmp_path / "tuned" / "MODEL_CARD.md").read_text()
    assert "data:image/jpeg" in (tmp_path / "tuned" / "training_report.html").read_text() or result["top1"] == 1.0

    more = _tuned(gallery, start, tmp_path / "tuned", "--steps", "12", "--hold-out-classes", "0.25", "--resume")

    assert (result["steps"], more["steps"]) == (6, 12)


def test_wccn_without_a_step_changes_only_the_whitening(gallery: Path, start: Path, tmp_path: Path) -> None:
    result = _tuned(gallery, start, tmp_path / "wccn", "--steps", "0", "--wccn", "0.5")
    same = _tuned(gallery, start, tmp_path / "same", "--steps", "0")

    before, after, kept = (read_exported(folder) for folder in (start, tmp_path / "wccn", tmp_path / "same"))
    for own, other in zip(before.convolutions.layers, after.convolutions.layers, strict=True):
        np.testing.assert_array_equal(own[0], other[0])
    np.testing.assert_allclose(before.whitening.matrix, kept.whitening.matrix, atol=2e-3)
    assert not np.allclose(before.whitening.matrix, after.whitening.matrix, atol=2e-3)
    assert result["steps"] == same["steps"] == 0
