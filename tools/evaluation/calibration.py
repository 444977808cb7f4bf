"""From an embedder's scores to the probability that its best match is right, and where the verdicts part."""

from __future__ import annotations

import math
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
"""Keeps the fit finite where the two kinds of answers are separable."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the nearest products were for N objects, each an array [N].

    How far the best one's `standing` is out of the crowd and its `lead` over the next (`verdict.evidence`), how certain
    the segmenter was (`verdict.certainty`), whether the best one was `right`, whether the object's product was
    `enrolled` at all, whether it was but a `piece` of an object or several at once, and what the answer weighs.
    """

    standing: Values
    lead: Values
    certainty: Values
    right: Flags
    enrolled: Flags
    piece: Flags
    weight: Values

    @property
    def strangers(self) -> Flags:
        """Objects whose product is not enrolled."""
        return ~self.enrolled & ~self.piece

    def only(self, chosen: Flags) -> Answers:
        """Some of them."""
        return Answers(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def weighted(self, strangers: float) -> Answers:
        """The same with strangers making this share of whole objects' weight; a piece weighs like an enrolled one."""
        one_enrolled = (1 - strangers) / max(self.enrolled.sum(), 1)
        share = np.where(self.strangers, strangers / max(self.strangers.sum(), 1), one_enrolled)
        return replace(self, weight=share * len(share) / max(share.sum(), 1e-12))


def joined(parts: Sequence[Answers]) -> Answers:
    """All answers of some."""
    return Answers(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Answers)))


def fit(answers: Answers, lost: float, wrong: float, crowd: float) -> Calibration:
    """The most likely calibration of answers, with thresholds for the errors wanted.

    The likelihood of the three outcomes (not enrolled; enrolled, and the best product right or wrong) falls apart
    into the two logistic ones, by Newton's method each. Certainty that speaks for pieces is left out, and standing that
    speaks against the best product. `lost` is the share of enrolled objects that may become UNKNOWN, `wrong` the share
    of KNOWN answers that may be wrong; a threshold no answer meets is 1.

    `crowd` is handed on. Raises InvalidInput where all objects are enrolled, or none: nothing can be learned then.
    """
    own = answers.only(answers.enrolled)
    seen = [answers.standing, answers.certainty]
    inside = _heeding_fit(seen, answers.enrolled, answers.weight, "enrolled and not enrolled")
    # One made-up answer stands out as far as any, but has no lead, and is half right: an honest start where every
    # answer given is right.
    furthest = float(own.standing.max(initial=0.0))
    best = _heeding_fit(
        [np.append(own.lead, [0.0, 0.0]), np.append(own.standing, [furthest, furthest])],
        np.append(own.right, [True, False]),
        np.append(own.weight, [0.5, 0.5]),
        "right and wrong",
    )
    _slope_up(inside[1])
    _slope_up(best[1])
    free = Calibration(inside[0], inside[1], best[0], best[1], crowd, 0.0, 1.0, inside[2], best[2])
    found = replace(free, unknown_below=float(np.quantile(enrolled(free, own), lost)))
    return replace(found, known_from=_known_from(found, answers, wrong))


def enrolled(calibration: Calibration, answers: Answers) -> Values:
    """The probability [N] that each object is one whose product is enrolled."""
    return np.array([calibration.enrolled(*pair) for pair in zip(answers.standing, answers.certainty, strict=True)])


def probabilities(calibration: Calibration, answers: Answers) -> Values:
    """The probability [N] that each best match is right."""
    seen = zip(answers.standing, answers.certainty, answers.lead, strict=True)
    return np.array([calibration.probability(*evidence) for evidence in seen])


def expected_calibration_error(
    probability: Values, right: Flags, weight: Values | None = None, bins: int = 10
) -> float:
    """The mean distance between stated probability and share of right answers, over equal-width bins.

    Naeini, Cooper & Hauskrecht 2015; each bin weighted by its answers.
    """
    stated, observed, counts = reliability(probability, right, weight, bins)
    return float((np.abs(stated - observed) * counts).sum() / max(counts.sum(), 1e-12))


def reliability(
    probability: Values, right: Flags, weight: Values | None = None, bins: int = 10
) -> tuple[Values, Values, Values]:
    """For equal-width bins: the mean probability stated, the share right, and the weight in it; each [bins]."""
    weight = np.ones(len(probability)) if weight is None else weight
    index = np.minimum((probability * bins).astype(int), bins - 1)
    counts = np.bincount(index, weight, minlength=bins)
    some = np.maximum(counts, 1e-12)
    stated = np.bincount(index, probability * weight, minlength=bins) / some
    return stated, np.bincount(index, right * weight, minlength=bins) / some, counts


def figures(calibration: Calibration, answers: Answers, lost: float) -> dict[str, float | None]:
    """How a calibration does on answers it was not fitted to.

    `ece`; `known_share` of enrolled objects that are KNOWN and `wrong_of_known` of all KNOWN ones (weighted);
    `known_rejected` of enrolled objects, `strangers_rejected` and `pieces_rejected` that are UNKNOWN at its threshold;
    `strangers_rejected_at_lost` at the one that rejects just the share `lost` of these very enrolled objects.
    """
    probability, inside = probabilities(calibration, answers), enrolled(calibration, answers)
    rejected = inside < calibration.unknown_below
    known = ~rejected & (probability >= calibration.known_from)
    own = answers.enrolled
    threshold = np.quantile(inside[own], lost) if own.any() else -math.inf
    sure = answers.only(known)
    return {
        "ece": expected_calibration_error(probability, answers.right, answers.weight),
        "top1": _share(answers.right, own),
        "known_share": _share(known, own),
        "wrong_of_known": _share(~sure.right, sure.weight),
        "known_rejected": _share(rejected, own),
        "strangers_rejected": _share(rejected, answers.strangers),
        "strangers_rejected_at_lost": _share(inside < threshold, answers.strangers),
        "pieces_rejected": _share(rejected, answers.piece),
    }


def _share(of: Flags, among: Flags | Values) -> float | None:
    weight = among.astype(np.float64)
    return float((of * weight).sum() / weight.sum()) if weight.sum() else None


def _known_from(calibration: Calibration, answers: Answers, wrong: float) -> float:
    """The lowest probability from which on no more than the share `wrong` of answers is wrong."""
    likely = answers.only(enrolled(calibration, answers) >= calibration.unknown_below)
    probability = probabilities(calibration, likely)
    order = np.argsort(-probability, kind="stable")
    weight = likely.weight[order]
    errors = np.cumsum(weight * ~likely.right[order]) / np.maximum(np.cumsum(weight), 1e-12)
    # The last of equal probabilities stands for all of them: a threshold cannot part them.
    ends = np.flatnonzero(np.diff(probability[order], append=-1.0) != 0)
    good = ends[errors[ends] <= wrong]
    return float(probability[order][good[-1]]) if len(good) else 1.0


def _slope_up(slope: float) -> None:
    if slope < 0:
        raise InvalidInput("the more similar, the less often right: check that the queries' ids are the gallery's")


def _heeding_fit(evidence: Sequence[Values], outcome: Flags, weight: Values, kinds: str) -> list[float]:
    """Like `_logistic_fit`, but the last evidence is left out, with slope 0, where it speaks against the outcome."""
    found = _logistic_fit(evidence, outcome, weight, kinds)
    return found if found[-1] >= 0 else [*_logistic_fit(evidence[:-1], outcome, weight, kinds), 0.0]


def _logistic_fit(evidence: Sequence[Values], outcome: Flags, weight: Values, kinds: str) -> list[float]:
    """Intercept and a slope for each evidence, by Newton's method on the weighted log-likelihood."""
    if not len(outcome) or outcome.all() or not outcome.any():
        raise InvalidInput(f"calibration needs answers {kinds}; all given ones are of one kind")
    design = np.stack([np.ones(len(outcome)), *evidence], axis=1)
    weights = np.zeros(design.shape[1])
    for _ in range(ITERATIONS):
        expected = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (weight * (outcome - expected)) - RIDGE * weights
        curvature = (design * (weight * expected * (1 - expected))[:, None]).T @ design + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        # Far from the maximum a full Newton step may overshoot; the likelihood is concave, so a cap suffices.
        weights += step * min(1.0, 10 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return [float(value) for value in weights]
