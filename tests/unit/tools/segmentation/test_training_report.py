"""The report of a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segmentation.targets import Scene
from segmentation.training_report import WORST, write_report
from segmentation.training_state import History
from tillsight.domain.geometry import Box, Instance


def test_the_report_has_curves_figures_and_the_worst_scenes(tmp_path: Path) -> None:
    ids = np.zeros((60, 80), np.int32)
    ids[10:30, 10:40] = 1
    scene = Scene(np.zeros((60, 80, 3), np.uint8), ids, np.ones(ids.shape, bool))
    right = Instance(Box(10, 10, 30, 20), ((10, 10), (40, 10), (40, 30), (10, 30)), 0.9)
    history = History(
        [{"progress": 0.5, "seconds": 1.0, "foreground": 0.3}],
        [{"progress": 0.5, "step": 1.0, "selection": 0.5, "ap50": 0.5}],
    )
    found = [(right,)] * WORST + [()]

    write_report(tmp_path / "r.html", history, [scene] * len(found), found, {"ap50": 0.5})

    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 2 and text.count("<figure>") == WORST
    assert text.index("0 found of 1") < text.index("1 found of 1")
    assert "selection" not in text
