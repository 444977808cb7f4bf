"""The training command, from annotated photos to a model folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from support.paths import ROOT
from support.pictures import encode


def test_one_step_on_two_photos_writes_a_complete_model(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    for number in range(2):
        photo = random.integers(90, 130, (240, 320, 3), dtype=np.uint8)
        mask = np.zeros((240, 320), np.uint8)
        for value, (row, column) in enumerate(((30, 40), (30, 200), (130, 120)), start=1):
            photo[row : row + 80, column : column + 90] = random.integers(0, 256, 3)
            mask[row : row + 80, column : column + 90] = value
        (tmp_path / "data" / "images" / f"{number}.png").write_bytes(encode(photo))
        (tmp_path / "data" / "masks" / f"{number}.png").write_bytes(encode(mask))
    out = tmp_path / "unet"

    options = ["--data", str(tmp_path / "data"), "--format", "masks", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "tools/train_unet.py", *options, "--steps", "1", "--store", "0", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["steps"] == 1 and result["fingerprint"] in (out / "config.pbtxt").read_text()
    assert {"foreground_iou", "ap50", "ap75", "exact_count", "merges"} <= result.keys()
    assert "seed 0" in (out / "MODEL_CARD.md").read_text()
    assert "<svg" in (out / "training_report.html").read_text()
    assert (out / ".training" / "last.pt").is_file()
