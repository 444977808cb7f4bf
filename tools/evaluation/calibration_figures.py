"""How good a calibration is: its calibration error, and what its thresholds accept and reject."""

from __future__ import annotations

import math

import numpy as np

from evaluation.calibration_fit import Answers, Flags, Values, enrolled_probability, right_probability
from tillsight.recognition.calibration import Calibration

BINS = 10


def compute_figures(calibration: Calibration, answers: Answers, lost: float) -> dict[str, float | None]:
    """The figures of a calibration on answers that it was not fitted to.

    `ece` is the expected calibration error. `known_share` is the share of enrolled objects that are KNOWN, and
    `wrong_of_known` the share of KNOWN answers that are wrong (weighted). `enrolled_rejected`, `open_set_rejected` and
    `fragments_rejected` are the shares of enrolled, out-of-gallery and fragment objects that are UNKNOWN.
    `open_set_rejected_at_lost` uses the threshold that rejects exactly the share `lost` of these enrolled objects.
    """
    probability, enrolled = right_probability(calibration, answers), enrolled_probability(calibration, answers)
    rejected = enrolled < calibration.unknown_below
    known = ~rejected & (probability >= calibration.known_from)
    own = answers.enrolled
    threshold = np.quantile(enrolled[own], lost) if own.any() else -math.inf
    known_answers = answers.select(known)
    return {
        "ece": expected_calibration_error(probability, answers.right, answers.weight),
        "top1": _share(answers.right, own),
        "known_share": _share(known, own),
        "wrong_of_known": _share(~known_answers.right, known_answers.weight),
        "enrolled_rejected": _share(rejected, own),
        "open_set_rejected": _share(rejected, answers.out_of_gallery),
        "open_set_rejected_at_lost": _share(enrolled < threshold, answers.out_of_gallery),
        "fragments_rejected": _share(rejected, answers.fragment),
    }


def expected_calibration_error(
    probability: Values, right: Flags, weight: Values | None = None, bins: int = BINS
) -> float:
    """The mean distance between the probability and the share of right answers, over bins of equal width.

    Naeini, Cooper & Hauskrecht 2015. Each bin has the weight of its answers.
    """
    mean, observed, counts = reliability(probability, right, weight, bins)
    return float((np.abs(mean - observed) * counts).sum() / max(counts.sum(), 1e-12))


def reliability(
    probability: Values, right: Flags, weight: Values | None = None, bins: int = BINS
) -> tuple[Values, Values, Values]:
    """The mean probability, the share of right answers and the weight of each bin of equal width; each [bins]."""
    weight = np.ones(len(probability)) if weight is None else weight
    index = np.minimum((probability * bins).astype(int), bins - 1)
    counts = np.bincount(index, weight, minlength=bins)
    divisor = np.maximum(counts, 1e-12)
    mean = np.bincount(index, probability * weight, minlength=bins) / divisor
    return mean, np.bincount(index, right * weight, minlength=bins) / divisor, counts


def _share(of: Flags, among: Flags | Values) -> float | None:
    weight = among.astype(np.float64)
    return float((of * weight).sum() / weight.sum()) if weight.sum() else None
