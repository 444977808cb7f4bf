"""Recognised counters, as the end-to-end evaluation sees them."""

from __future__ import annotations

from pathlib import Path

from evaluation.endtoend import Checkout, FoundObject
from evaluation.scenes import CounterScene
from tillsight.v1 import recognition_pb2 as pb


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
