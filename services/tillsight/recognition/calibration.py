"""How cosine similarities become probabilities, and where the verdict thresholds are."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields

from tillsight.domain.errors import InvalidInput

OPTIONAL_WEIGHTS = ("segmentation_weight", "best_cohort_weight")
"""Weights that a stored calibration may lack; a missing one is 0."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How similarities become probabilities, and the thresholds between verdicts.

    The probability that the best candidate is right is the product of two logistic probabilities (Platt scaling,
    Platt 1999):

    1. The object's product is in the gallery. Evidence: the cohort-normalised score of the best candidate, and how
       certain the segmenter is of the object (fragments and background patches have low segmentation scores).
    2. If so, the best candidate is that product. Evidence: the margin over the next candidate, and the
       cohort-normalised score (for an occluded object a margin means less).

    Below `unknown_below` of the first probability the verdict is UNKNOWN. From `known_from` of the product it is
    KNOWN. `cohort_floor` is the least that a product of the cohort counts as, also where the gallery has too few.

    Fitted by `tools/evaluate.py calibrate`; see docs/guides/calibration.md. Raises InvalidInput for values that are
    not finite numbers and for negative weights of evidence.
    """

    enrolled_intercept: float = -3.0
    enrolled_weight: float = 20.0
    best_intercept: float = 0.0
    best_weight: float = 40.0
    cohort_floor: float = 0.5
    unknown_below: float = 0.3
    known_from: float = 0.9
    segmentation_weight: float = 0.0
    best_cohort_weight: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InvalidInput(f"the calibration's {name} is {value!r}, not a finite number: fit it again")
        for name in ("enrolled_weight", "best_weight", *OPTIONAL_WEIGHTS):
            if getattr(self, name) < 0:
                raise InvalidInput(
                    f"the calibration's {name} is negative, so more evidence would mean less certainty: fit it again"
                )

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read what `to_json` wrote; OPTIONAL_WEIGHTS may be missing. Raises InvalidInput for anything else."""
        try:
            members = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"the calibration is not valid JSON: {error}") from error
        names = {field.name for field in fields(cls)}
        if not isinstance(members, dict) or members.keys() | set(OPTIONAL_WEIGHTS) != names:
            raise InvalidInput(f"the calibration is not a JSON object with {', '.join(sorted(names))}")
        return cls(**members)

    def to_json(self) -> str:
        """A JSON object with a member for each field."""
        return json.dumps(asdict(self))

    def enrolled(self, cohort_score: float, certainty: float) -> float:
        """The probability, 0..1, that the object's product is in the gallery."""
        return logistic(
            self.enrolled_intercept + self.enrolled_weight * cohort_score + self.segmentation_weight * certainty
        )

    def probability(self, cohort_score: float, certainty: float, margin: float) -> float:
        """The probability, 0..1, that the best candidate is right."""
        best = self.best_intercept + self.best_weight * margin + self.best_cohort_weight * cohort_score
        return self.enrolled(cohort_score, certainty) * logistic(best)


def logistic(log_odds: float) -> float:
    """The probability, 0..1, for log-odds; never overflows."""
    return 1.0 / (1.0 + math.exp(-max(min(log_odds, 700.0), -700.0)))
