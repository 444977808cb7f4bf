"""From the nearest products of an object to a verdict and its probability. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tillsight.domain.recognition_results import Judgement, Match, Verdict
from tillsight.recognition.calibration import Calibration

PRODUCTS_CONSIDERED = 16
"""The nearest products that a verdict looks at."""
COHORT_RANKS = range(5, PRODUCTS_CONSIDERED)
"""Ranks, from 0, of the products that form the cohort: past any product that is confusable with the best."""
CERTAIN_SCORE = 0.99
"""A segmentation score that counts as certain. How much higher a score can get depends on the photo's size."""


def cohort_score_and_margin(scores: Sequence[float], cohort_floor: float) -> tuple[float, float]:
    """The cohort-normalised score of the best product, and its margin over the next.

    `scores` are the cosines, -1..1, of the nearest products, best first, one at least. The cohort-normalised score is
    the best cosine less the mean over COHORT_RANKS: products that resemble any object of that kind (cohort
    normalisation, as in speaker verification: Auckenthaler, Carey & Lloyd-Thomas 2000). Each rank counts as
    `cohort_floor` at least, filled or not, because a high score among few unlike products is no evidence. A missing
    next product counts as 0, or as the best one's score if that is lower.
    """
    cohort = [max(scores[rank], cohort_floor) if rank < len(scores) else cohort_floor for rank in COHORT_RANKS]
    following = scores[1] if len(scores) > 1 else min(scores[0], 0.0)
    return scores[0] - sum(cohort) / len(cohort), scores[0] - following


def segmentation_certainty(segmentation_score: float) -> float:
    """The log-odds of a segmentation score, 0..1, less those of CERTAIN_SCORE; 0 at most."""
    score = min(max(segmentation_score, 1 - CERTAIN_SCORE), CERTAIN_SCORE)
    return math.log(score / (1 - score)) - math.log(CERTAIN_SCORE / (1 - CERTAIN_SCORE))


def judge(matches: Sequence[Match], segmentation_score: float, calibration: Calibration, keep: int) -> Judgement:
    """The verdict on an object from its nearest products, best first, of which `keep` stay as candidates.

    `segmentation_score`, 0..1, is the object's `Instance.score`. Without products the verdict is UNKNOWN. Pass
    PRODUCTS_CONSIDERED products or more, because the similarities of all of them are evidence.
    """
    if not matches:
        return Judgement(Verdict.UNKNOWN, 0.0, ())
    cohort_score, margin = cohort_score_and_margin([match.score for match in matches], calibration.cohort_floor)
    certainty = segmentation_certainty(segmentation_score)
    probability = calibration.probability(cohort_score, certainty, margin)
    if calibration.enrolled(cohort_score, certainty) < calibration.unknown_below:
        verdict = Verdict.UNKNOWN
    elif probability >= calibration.known_from:
        verdict = Verdict.KNOWN
    else:
        verdict = Verdict.AMBIGUOUS
    return Judgement(verdict, probability, tuple(matches[:keep]))
