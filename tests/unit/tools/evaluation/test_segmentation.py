"""The shipped segmenter's figures on a simple photo, with connected components as the baseline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.progress import Progress

from evaluation.segmentation import evaluate, write_report
from runtime.model_folder import MODEL_REPOSITORY
from segmentation.annotated_photo import AnnotatedPhoto, Annotation
from support.pictures import BLUE, RED, counter, encode


def test_two_separate_objects_are_found_by_both_methods(tmp_path: Path) -> None:
    path = tmp_path / "counter.png"
    path.write_bytes(encode(counter(((100, 100, 160, 120), RED), ((380, 220, 120, 160), BLUE), width=640, height=480)))
    ids = np.zeros((480, 640), np.int32)
    ids[100:220, 100:260], ids[220:380, 380:500] = 1, 2
    photos = [AnnotatedPhoto(path, lambda shape: Annotation(ids))]

    figures, results = evaluate(photos, MODEL_REPOSITORY / "unet", Progress(disable=True))

    assert figures["ap50"] == figures["baseline"]["ap50"] == 1.0
    assert (figures["photos"], figures["instances"], figures["touching_pairs"]) == (1, 2, 0)
    assert figures["coco_ap"] > 0.7 and figures["separate_ms"] > 0
    write_report(tmp_path / "report.html", photos, results, figures)
    assert "2 found of 2" in (tmp_path / "report.html").read_text(encoding="utf-8")
