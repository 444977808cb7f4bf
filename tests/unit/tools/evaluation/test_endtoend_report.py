"""The report of the worst mistakes."""

from __future__ import annotations

from pathlib import Path

from evaluation import endtoend_report
from evaluation.endtoend import Checkout, FoundObject, figures
from evaluation.scenes import CounterScene
from support.pictures import RED, counter, encode
from tillsight.client.manifest import ManifestRow
from tillsight.v1 import recognition_pb2 as pb

ENROLLED = {"tea", "milk"}


def found(truth: str | None, verdict: str, *candidates: str, probability: float = 0.9) -> FoundObject:
    named = candidates[0] if candidates and verdict != "UNKNOWN" else ""
    answer = pb.RecognizedObject(
        verdict=pb.Verdict.Value(f"VERDICT_{verdict}"),
        product_id=named,
        probability=probability,
        mask=pb.Polygon(xy=[10, 10, 50, 10, 50, 50, 10, 50]),
        candidates=[pb.Candidate(product_id=one, name=one, score=0.8, photo_id="") for one in candidates],
    )
    return FoundObject(answer, truth)


def checkout(labels: list[str], *objects: FoundObject, path: Path = Path("images/1.jpg")) -> Checkout:
    return Checkout(CounterScene(path, (), tuple(labels)), objects)


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
