"""Similarities to verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tillsight.domain.recognition_results import Match, Verdict
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.verdict import (
    COHORT_RANKS,
    PRODUCTS_CONSIDERED,
    cohort_score_and_margin,
    judge,
    segmentation_certainty,
)

CALIBRATION = Calibration(
    enrolled_intercept=-6,
    enrolled_weight=20,
    best_intercept=0,
    best_weight=40,
    cohort_floor=0.3,
    unknown_below=0.3,
    known_from=0.7,
)


def matches(*scores: float) -> list[Match]:
    return [Match(f"p{rank}", f"product {rank}", score, f"r{rank}") for rank, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ((0.95, 0.3), Verdict.KNOWN),
        ((0.95, 0.95), Verdict.AMBIGUOUS),  # two confusable products: one of them, but which?
        ((0.66, 0.65), Verdict.AMBIGUOUS),
        ((0.95,), Verdict.KNOWN),
        ((0.5, 0.49), Verdict.UNKNOWN),
        ((0.5, 0.1), Verdict.UNKNOWN),  # the nearest by far, but not similar
        ((0.8, 0.3, *[0.3] * 14), Verdict.KNOWN),
        ((0.8, 0.7, *[0.7] * 14), Verdict.UNKNOWN),  # near, but so is everything
        ((0.8, 0.8, 0.8, 0.8, 0.8, *[0.3] * 11), Verdict.AMBIGUOUS),  # near, as its confusable products are
        ((-0.2,), Verdict.UNKNOWN),
        ((), Verdict.UNKNOWN),
    ],
)
def test_the_verdict_follows_from_cohort_score_and_margin(scores: tuple[float, ...], verdict: Verdict) -> None:
    judgement = judge(matches(*scores), 0.98, CALIBRATION, 5)
    assert judgement.verdict is verdict
    assert 0 <= judgement.probability <= 1


def test_the_cohort_is_the_sixth_to_sixteenth_product_and_the_margin_is_to_the_second() -> None:
    scores = [0.9, 0.8, 0.7, 0.7, 0.7, *[0.4] * 11, 0.39, 0.38]
    assert cohort_score_and_margin(scores, 0.0) == pytest.approx((0.5, 0.1))
    assert COHORT_RANKS.stop == PRODUCTS_CONSIDERED == 16


def test_a_gallery_too_small_for_a_cohort_is_filled_up_with_the_cohort_floor() -> None:
    assert cohort_score_and_margin([0.9, 0.8], 0.25) == pytest.approx((0.65, 0.1))
    assert cohort_score_and_margin([0.9, 0.8, *[0.1] * 14], 0.25) == pytest.approx(
        (0.65, 0.1)
    )  # products unlike the object are no cohort
    assert cohort_score_and_margin([0.9, 0.8, 0.7, 0.7, 0.7, 0.36], 0.25) == pytest.approx(
        (0.9 - (0.36 + 10 * 0.25) / 11, 0.1)
    )


def test_no_candidates_give_unknown_with_probability_zero() -> None:
    judgement = judge([], 0.98, CALIBRATION, 5)
    assert (judgement.verdict, judgement.probability, judgement.candidates) == (Verdict.UNKNOWN, 0.0, ())


def test_a_probability_at_a_threshold_counts_as_above_it() -> None:
    even = replace(CALIBRATION, enrolled_intercept=0.0, enrolled_weight=0.0, best_weight=0.0)  # one half, one quarter
    at_the_threshold = replace(even, unknown_below=0.5, known_from=0.3)
    assert judge(matches(0.1), 0.98, at_the_threshold, 1).verdict is Verdict.AMBIGUOUS
    assert judge(matches(0.1), 0.98, replace(even, unknown_below=0, known_from=0.25), 1).verdict is Verdict.KNOWN


@pytest.mark.parametrize("keep", [1, 2, 3, 9])
def test_candidates_are_trimmed_without_changing_the_verdict(keep: int) -> None:
    near = matches(0.66, 0.64, 0.5)
    judgement = judge(near, 0.98, CALIBRATION, keep)
    assert judgement.candidates == tuple(near[:keep])
    assert judgement.probability == judge(near, 0.98, CALIBRATION, 3).probability


def test_the_probability_grows_with_the_cohort_score_and_the_margin() -> None:
    assert CALIBRATION.probability(0.4, 0, 0.1) > CALIBRATION.probability(0.3, 0, 0.1)
    assert CALIBRATION.probability(0.3, 0, 0.1) > CALIBRATION.probability(0.3, 0, 0.0)
    confusable, alone = (judge(matches(0.7, other), 0.98, CALIBRATION, 2) for other in (0.69, 0.3))
    assert alone.probability > confusable.probability


def test_a_low_segmentation_score_makes_an_object_unknown_sooner() -> None:
    weighing = replace(CALIBRATION, segmentation_weight=2.0)
    assert judge(matches(0.95, 0.3), 0.98, weighing, 2).verdict is Verdict.KNOWN
    assert judge(matches(0.95, 0.3), 0.5, weighing, 2).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("score", "expected"), [(1.0, 0.0), (0.99, 0.0), (0.5, -4.595), (0.0, -9.190)])
def test_certainty_is_the_log_odds_up_to_a_score_that_counts_as_certain(score: float, expected: float) -> None:
    assert segmentation_certainty(score) == pytest.approx(expected, abs=1e-3)
