"""Fits a calibration: from evidence to the probability that the best product is right, and the verdict thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import Calibration

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

ITERATIONS = 100
RIDGE = 1e-3
"""Keeps the fit finite if the evidence separates the two outcomes."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The nearest products of N objects, as evidence and outcomes; each field is an array [N].

    Evidence: the `cohort_score` of the best product and its `margin` over the next one
    (`verdict.cohort_score_and_margin`), and the segmenter's `certainty` (`verdict.segmentation_certainty`). Outcomes:
    whether the best product is `right`, whether the object's product is `enrolled`, and whether the object is a
    `fragment` or several at once. `weight` is the weight of each answer.
    """

    cohort_score: Values
    margin: Values
    certainty: Values
    right: Flags
    enrolled: Flags
    fragment: Flags
    weight: Values

    @property
    def out_of_gallery(self) -> Flags:
        """Whole objects whose product is not enrolled."""
        return ~self.enrolled & ~self.fragment

    def select(self, chosen: Flags) -> Answers:
        """Some of them."""
        return Answers(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def weighted(self, out_of_gallery: float) -> Answers:
        """The same, with this share of whole objects' weight on out-of-gallery ones.

        A fragment has the weight of an enrolled object.
        """
        one_enrolled = (1 - out_of_gallery) / max(self.enrolled.sum(), 1)
        one_out_of_gallery = out_of_gallery / max(self.out_of_gallery.sum(), 1)
        weight = np.where(self.out_of_gallery, one_out_of_gallery, one_enrolled)
        return replace(self, weight=weight * len(weight) / max(weight.sum(), 1e-12))


def concatenate_answers(parts: Sequence[Answers]) -> Answers:
    """All answers of some parts."""
    return Answers(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Answers)))


def fit_calibration(answers: Answers, lost: float, wrong: float, cohort_floor: float) -> Calibration:
    """The calibration with the maximum likelihood of the answers, and thresholds for the wanted error rates.

    The likelihood of the three outcomes (not enrolled; enrolled and the best product right; enrolled and wrong) is the
    product of two logistic likelihoods, so each is fitted by itself. Segmentation certainty that speaks for fragments
    gets the weight 0, and so does a cohort score that speaks against the best product.

    `lost` is the share of enrolled objects that may become UNKNOWN, `wrong` the share of KNOWN answers that may be
    wrong. A threshold that no answer can meet is 1. `cohort_floor` becomes the calibration's. Raises InvalidInput if
    all objects are enrolled, or none.
    """
    own = answers.select(answers.enrolled)
    evidence = [answers.cohort_score, answers.certainty]
    enrolled = _fit_optional_last(evidence, answers.enrolled, answers.weight, "enrolled and not enrolled")
    # Add one artificial answer, half right and half wrong, with the highest cohort score and no margin. If all real
    # answers are right, the fit would otherwise be certain of a best product without any margin.
    highest = float(own.cohort_score.max(initial=0.0))
    best = _fit_optional_last(
        [np.append(own.margin, [0.0, 0.0]), np.append(own.cohort_score, [highest, highest])],
        np.append(own.right, [True, False]),
        np.append(own.weight, [0.5, 0.5]),
        "right and wrong",
    )
    _require_positive_slope(enrolled[1])
    _require_positive_slope(best[1])
    fitted = Calibration(
        enrolled[0], enrolled[1], best[0], best[1], cohort_floor, 0.0, 1.0, enrolled[2], best[2]
    )  # no answer is UNKNOWN or KNOWN yet
    fitted = replace(fitted, unknown_below=float(np.quantile(enrolled_probability(fitted, own), lost)))
    return replace(fitted, known_from=_known_from(fitted, answers, wrong))


def enrolled_probability(calibration: Calibration, answers: Answers) -> Values:
    """The probability [N] that each object's product is enrolled."""
    pairs = zip(answers.cohort_score, answers.certainty, strict=True)
    return np.array([calibration.enrolled(*pair) for pair in pairs])


def right_probability(calibration: Calibration, answers: Answers) -> Values:
    """The probability [N] that each best product is right."""
    evidence = zip(answers.cohort_score, answers.certainty, answers.margin, strict=True)
    return np.array([calibration.probability(*one) for one in evidence])


def _known_from(calibration: Calibration, answers: Answers, wrong: float) -> float:
    """The lowest probability above which at most the share `wrong` of the answers is wrong."""
    likely = answers.select(enrolled_probability(calibration, answers) >= calibration.unknown_below)
    probability = right_probability(calibration, likely)
    order = np.argsort(-probability, kind="stable")
    weight = likely.weight[order]
    errors = np.cumsum(weight * ~likely.right[order]) / np.maximum(np.cumsum(weight), 1e-12)
    # A threshold cannot separate equal probabilities: only the last of them counts, with the errors of all.
    ends = np.flatnonzero(np.diff(probability[order], append=-1.0) != 0)
    good = ends[errors[ends] <= wrong]
    return float(probability[order][good[-1]]) if len(good) else 1.0


def _require_positive_slope(slope: float) -> None:
    if slope < 0:
        raise InvalidInput("more similar answers are less often right: check that the queries' ids are the gallery's")


def _fit_optional_last(evidence: Sequence[Values], outcome: Flags, weight: Values, kinds: str) -> list[float]:
    """As `_fit_logistic`, but without the last evidence (slope 0) if it speaks against the outcome."""
    found = _fit_logistic(evidence, outcome, weight, kinds)
    return found if found[-1] >= 0 else [*_fit_logistic(evidence[:-1], outcome, weight, kinds), 0.0]


def _fit_logistic(evidence: Sequence[Values], outcome: Flags, weight: Values, kinds: str) -> list[float]:
    """The intercept and one slope for each evidence, by Newton's method on the weighted log-likelihood."""
    if not len(outcome) or outcome.all() or not outcome.any():
        raise InvalidInput(f"calibration needs answers of both kinds, {kinds}, but all are of one kind: add others")
    design = np.stack([np.ones(len(outcome)), *evidence], axis=1)
    weights = np.zeros(design.shape[1])
    for _ in range(ITERATIONS):
        expected = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (weight * (outcome - expected)) - RIDGE * weights
        curvature = (design * (weight * expected * (1 - expected))[:, None]).T @ design + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        # Far from the maximum a full Newton step may overshoot. The likelihood is concave, so limiting it is enough.
        weights += step * min(1.0, 10 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return [float(value) for value in weights]
