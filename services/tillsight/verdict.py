"""Similarities to verdicts: what may be claimed of an object, and how sure that claim is. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tillsight.domain import Judgement, Match, Verdict


@dataclass(frozen=True, slots=True)
class Calibration:
    """How similarities become a probability, and where the verdicts part.

    The probability that the best candidate is right is logistic in its cosine similarity and in its lead over
    the next product (Platt scaling, Platt 1999, with the lead as a second feature). Below `unknown_below` the
    object is taken for none of the candidates; from `known_from` the best one may be taken as the product. The
    weights are those of the shipped `vgg`, fitted by tools/evaluation/calibration.py: docs/recognition.md.
    """

    intercept: float = -8.43
    score_weight: float = 10.72
    lead_weight: float = 17.95
    unknown_below: float = 0.3
    known_from: float = 0.7

    def probability(self, score: float, lead: float) -> float:
        """The probability, 0..1, that a candidate of this similarity and lead is right."""
        return 1.0 / (1.0 + math.exp(-(self.intercept + self.score_weight * score + self.lead_weight * lead)))


def judge(matches: Sequence[Match], calibration: Calibration, keep: int) -> Judgement:
    """The verdict on an object from its nearest products, best first, of which `keep` stay as candidates.

    UNKNOWN where there are none. The next product's similarity is evidence too, so give two or more.
    """
    if not matches:
        return Judgement(Verdict.UNKNOWN, 0.0, ())
    best = matches[0].score
    lead = best - matches[1].score if len(matches) > 1 else 0.0
    probability = calibration.probability(best, lead)
    if probability < calibration.unknown_below:
        verdict = Verdict.UNKNOWN
    elif probability >= calibration.known_from:
        verdict = Verdict.KNOWN
    else:
        verdict = Verdict.AMBIGUOUS
    return Judgement(verdict, probability, tuple(matches[:keep]))
