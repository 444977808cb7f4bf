"""The report of the worst mistakes."""

from __future__ import annotations

from pathlib import Path

from evaluation import endtoend_report
from evaluation.endtoend import figures
from support.checkouts import checkout, found
from support.pictures import RED, counter, encode
from tillsight.client.manifest import ManifestRow

ENROLLED = {"tea", "milk"}


def test_the_report_shows_what_was_seen_what_it_was_taken_for_and_what_it_is(tmp_path: Path) -> None:
    photo = tmp_path / "counter.png"
    photo.write_bytes(encode(counter(((10, 10, 40, 40), RED))))
    rows = [ManifestRow(2, product, product, photo) for product in ("tea", "milk")]
    wrong = checkout(["milk"], found("milk", "KNOWN", "tea", "milk", probability=0.75), path=photo)
    right = checkout(["tea"], found("tea", "KNOWN", "tea"), path=photo)
    report = tmp_path / "report.html"

    endtoend_report.write_report(report, [right, wrong], rows, ENROLLED, figures([right, wrong], ENROLLED, {}))

    text = report.read_text(encoding="utf-8")
    assert "The worst 1 of 1 mistakes" in text and "tea, probability 0.75" in text and "milk, 0.800" in text
    assert text.count("<img") >= 2 and "checkout_accuracy" in text and 'src="http' not in text
