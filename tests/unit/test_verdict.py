"""Similarities to verdicts."""

from __future__ import annotations

import pytest

from tillsight.domain import Match, Verdict
from tillsight.verdict import Calibration, judge

CALIBRATION = Calibration(intercept=-6, score_weight=10, lead_weight=12, unknown_below=0.3, known_from=0.7)


def matches(*scores: float) -> list[Match]:
    return [Match(f"p{place}", f"product {place}", score, f"r{place}") for place, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ((0.95, 0.3), Verdict.KNOWN),
        ((0.7, 0.69), Verdict.KNOWN),
        ((0.61, 0.6), Verdict.AMBIGUOUS),
        ((0.55,), Verdict.AMBIGUOUS),
        ((0.5, 0.49), Verdict.UNKNOWN),
        ((0.5, 0.3), Verdict.KNOWN),  # the lead is evidence too
        ((-0.2,), Verdict.UNKNOWN),
        ((), Verdict.UNKNOWN),
    ],
)
def test_the_verdict_follows_similarity_and_lead(scores: tuple[float, ...], verdict: Verdict) -> None:
    judgement = judge(matches(*scores), CALIBRATION, 5)
    assert judgement.verdict is verdict
    assert 0 <= judgement.probability <= 1


def test_no_candidates_give_unknown_with_probability_zero() -> None:
    judgement = judge([], CALIBRATION, 5)
    assert (judgement.verdict, judgement.probability, judgement.candidates) == (Verdict.UNKNOWN, 0.0, ())


def test_thresholds_themselves_are_inside() -> None:
    even = {"intercept": 0.0, "score_weight": 0.0, "lead_weight": 0.0}  # a probability of one half for everything
    assert judge(matches(0.1), Calibration(**even, unknown_below=0.5, known_from=0.6), 1).verdict is Verdict.AMBIGUOUS
    assert judge(matches(0.1), Calibration(**even, unknown_below=0, known_from=0.5), 1).verdict is Verdict.KNOWN


@pytest.mark.parametrize("keep", [1, 2, 3, 9])
def test_candidates_are_trimmed_without_changing_the_verdict(keep: int) -> None:
    near = matches(0.66, 0.64, 0.5)
    judgement = judge(near, CALIBRATION, keep)
    assert judgement.candidates == tuple(near[:keep])
    assert judgement.probability == judge(near, CALIBRATION, 3).probability


def test_probability_grows_with_similarity_and_with_the_lead() -> None:
    assert CALIBRATION.probability(0.8, 0.1) > CALIBRATION.probability(0.7, 0.1) > CALIBRATION.probability(0.7, 0.0)
    assert judge(matches(0.6, 0.3), CALIBRATION, 2).probability > judge(matches(0.6, 0.59), CALIBRATION, 2).probability


@pytest.mark.parametrize(("score", "lead"), [(1.0, 2.0), (-1.0, 0.0)])
@pytest.mark.parametrize("weight", [1.0, 100.0])
def test_the_probability_stays_in_range_under_a_steep_calibration(score: float, lead: float, weight: float) -> None:
    steep = Calibration(intercept=-weight, score_weight=weight, lead_weight=weight)
    assert 0 <= steep.probability(score, lead) <= 1
