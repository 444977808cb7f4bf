"""Mistakes as an HTML file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evaluation import mistake_report
from evaluation.mistake_report import Mistake


def test_the_worst_mistakes_come_first_and_names_are_escaped(tmp_path: Path) -> None:
    seen = np.zeros((10, 20, 3), np.uint8)
    mistakes = [Mistake(severity, seen, f"<{severity}>", "tea", None, "milk", None) for severity in (0.1, 0.9)]

    mistake_report.write_report(tmp_path / "r.html", "Title", {"top1": 0.5, "by_group": {"a": {"top1": 1.0}}}, mistakes)

    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.index("&lt;0.9&gt;") < text.index("&lt;0.1&gt;")
    assert "0.500" in text and "by group" in text


def test_a_reference_that_cannot_be_read_is_named_instead_of_shown(tmp_path: Path) -> None:
    seen = np.zeros((10, 20, 3), np.uint8)
    mistake = Mistake(1.0, seen, "seen", "tea", tmp_path / "absent.png", "milk", None)

    mistake_report.write_report(tmp_path / "r.html", "Title", {}, [mistake])

    assert "absent.png" in (tmp_path / "r.html").read_text(encoding="utf-8")
