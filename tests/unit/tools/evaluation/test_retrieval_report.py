"""The report of retrieval mistakes."""

from __future__ import annotations

from pathlib import Path

from evaluation.manifests import Entry
from evaluation.retrieval import RankedQuery, compute_figures
from evaluation.retrieval_report import write_report
from support.pictures import RED, counter, encode
from tillsight.domain.recognition_results import Match


def test_the_report_shows_each_mistake_with_both_references(tmp_path: Path) -> None:
    for name in ("tea", "milk", "query"):
        (tmp_path / f"{name}.png").write_bytes(encode(counter(((5, 5, 20, 20), RED))))
    gallery = [Entry("tea", tmp_path / "tea.png"), Entry("milk", tmp_path / "milk.png")]
    queries = [Entry("tea", tmp_path / "query.png")] * 2
    wrong = (Match("milk", "milk", 0.9, "00000001-000"), Match("tea", "tea", 0.8, "00000000-000"))
    ranked = [RankedQuery("tea", wrong, 0.5), RankedQuery("tea", wrong[1:], 1.0)]

    write_report(tmp_path / "report.html", gallery, queries, ranked, compute_figures(ranked, 2, {}))

    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "The worst 1 of 1 mistakes" in text and "milk, 0.900" in text and "tea, 0.800" in text
    assert text.count("<img") == 3
