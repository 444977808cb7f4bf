"""What counts as a right answer."""

from __future__ import annotations

import pytest

from benchmarks.rebuild_load import is_right
from tillsight.v1 import recognition_pb2 as pb


@pytest.mark.parametrize(("product", "score", "right"), [("p3", 0.95, True), ("p3", 0.5, False), ("p4", 0.95, False)])
def test_an_answer_is_right_if_its_best_candidate_is_the_product_itself(
    product: str, score: float, right: bool
) -> None:
    candidates = [pb.Candidate(product_id=product, score=score), pb.Candidate(product_id="p3", score=0.2)]
    answer = pb.RecognizeResponse(objects=[pb.RecognizedObject(candidates=candidates)])

    assert is_right(answer, 3) is right
