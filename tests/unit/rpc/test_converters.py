"""Recognition results as messages."""

from __future__ import annotations

import pytest
from google.protobuf import json_format

from tillsight.domain.geometry import Box, Instance
from tillsight.domain.recognition_results import (
    AnswerVersions,
    Judgement,
    Match,
    Recognition,
    RecognizedObject,
    Verdict,
)
from tillsight.rpc.converters import VERDICTS, recognition_to
from tillsight.v1 import recognition_pb2

INSTANCE = Instance(Box(1, 2, 3, 4), ((1.0, 2.0), (4.0, 2.0), (4.0, 6.0)), 0.875)
TEA = Match("p1", "Tea", 0.75, "r1", "north", {"grams": 250, "tags": ["bio", None], "of": {"a": True}})
MILK = Match("p2", "Milk", 0.5, "r2")


def converted(verdict: Verdict, *candidates: Match) -> recognition_pb2.RecognizedObject:
    found = RecognizedObject(INSTANCE, Judgement(verdict, 0.25, candidates))
    recognition = Recognition(640, 480, (found,), {"decode": 1.5, "total": 9.0}, AnswerVersions("u", "v", "g"))
    message = recognition_to(recognition)
    assert (message.width, message.height, dict(message.timings_ms)) == (640, 480, {"decode": 1.5, "total": 9.0})
    assert (message.versions.segmenter, message.versions.embedder, message.versions.gallery) == ("u", "v", "g")
    return message.objects[0]


@pytest.mark.parametrize(
    ("verdict", "sent"),
    [(Verdict.KNOWN, recognition_pb2.VERDICT_KNOWN), (Verdict.AMBIGUOUS, recognition_pb2.VERDICT_AMBIGUOUS)],
)
def test_an_object_has_its_best_candidate_and_all_candidates(verdict: Verdict, sent: int) -> None:
    message = converted(verdict, TEA, MILK)
    assert (message.verdict, message.product_id, message.name, message.score) == (sent, "p1", "Tea", 0.75)
    assert (message.probability, message.segmentation_score) == (0.25, 0.875)
    assert (message.box.x, message.box.y, message.box.width, message.box.height) == (1, 2, 3, 4)
    assert list(message.mask.xy) == [1, 2, 4, 2, 4, 6]
    assert [candidate.product_id for candidate in message.candidates] == ["p1", "p2"]
    first = message.candidates[0]
    assert (first.name, first.score, first.reference_id, first.store) == ("Tea", 0.75, "r1", "north")
    assert json_format.MessageToDict(first.attributes) == TEA.attributes


def test_an_unknown_object_has_no_product_but_keeps_its_candidates() -> None:
    message = converted(Verdict.UNKNOWN, TEA)
    assert (message.verdict, message.product_id, message.name) == (recognition_pb2.VERDICT_UNKNOWN, "", "")
    assert message.score == 0.75 and len(message.candidates) == 1
    assert converted(Verdict.UNKNOWN).score == 0


def test_every_verdict_has_its_message() -> None:
    assert set(VERDICTS) == set(Verdict) and len(set(VERDICTS.values())) == len(Verdict)
