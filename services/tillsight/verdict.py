"""Similarities to verdicts: what may be claimed of an object, and how sure that claim is. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from tillsight.domain import Judgement, Match, Verdict
from tillsight.errors import InvalidInput

CONSIDERED = 16
"""The nearest products that a verdict looks at."""
CROWD = range(5, CONSIDERED)
"""The places, from 0, of those that make the crowd: past any twins of the best."""
CERTAIN = 0.99
"""A segmentation score that counts as certain; how much surer a higher one is depends on the photo's size."""

LATER = ("segmentation_weight", "best_standing_weight")
"""Weights that calibrations kept by earlier versions lack: 0."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How similarities become probabilities, and where the verdicts part.

    The probability that the best candidate is right is a product of two, each logistic (Platt scaling, Platt 1999):
    that the object is one whose product is in the gallery at all, by how far the best candidate stands out of the crowd
    and by how certain the segmenter is of the object (a piece of one, or a patch of ground, is a dim one); and that
    it is the best candidate then, by its lead over the next product and by how far it stands out (of an object half
    hidden a lead says less). Below `unknown_below` of the first the object is taken for none of the candidates; from
    `known_from` of the product the best one may be taken as the product.
    `crowd` is the crowd's usual similarity, for galleries too small or too mixed to have one.

    Fitted by `tools/evaluate.py calibrate`: docs/recognition.md. Raises InvalidInput for numbers that are none.
    """

    enrolled_intercept: float = -3.0
    enrolled_weight: float = 20.0
    best_intercept: float = 0.0
    best_weight: float = 40.0
    crowd: float = 0.5
    unknown_below: float = 0.3
    known_from: float = 0.9
    segmentation_weight: float = 0.0
    best_standing_weight: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InvalidInput(f"the calibration's {name} is {value!r}, no finite number: fit it again")
        for name in ("enrolled_weight", "best_weight", *LATER):
            if getattr(self, name) < 0:
                raise InvalidInput(f"the calibration's {name} is negative: more evidence would be less sure")

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read what `to_json` wrote; an older one lacks weights that came LATER. Raises InvalidInput otherwise."""
        try:
            told = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"the calibration is no JSON: {error}") from error
        names = {field.name for field in fields(cls)}
        if not isinstance(told, dict) or told.keys() | set(LATER) != names:
            raise InvalidInput(f"the calibration is no JSON object with {', '.join(sorted(names))}")
        return cls(**told)

    def to_json(self) -> str:
        """A JSON object with a member for each field."""
        return json.dumps(asdict(self))

    def enrolled(self, standing: float, certainty: float) -> float:
        """The probability, 0..1, that an object is one whose product is in the gallery."""
        return _logistic(
            self.enrolled_intercept + self.enrolled_weight * standing + self.segmentation_weight * certainty
        )

    def probability(self, standing: float, certainty: float, lead: float) -> float:
        """The probability, 0..1, that a candidate of this standing and lead is right."""
        best = self.best_intercept + self.best_weight * lead + self.best_standing_weight * standing
        return self.enrolled(standing, certainty) * _logistic(best)


def evidence(scores: Sequence[float], crowd: float) -> tuple[float, float]:
    """How far the best of the nearest products' scores, best first, stands out of the crowd, and leads the next one.

    The crowd is the mean of the CROWD places: what is like any object of that kind, with the best candidate's own twins
    left out. (Cohort normalisation, as in speaker verification: Auckenthaler, Carey & Lloyd-Thomas 2000.) A place
    counts as `crowd` at least, filled or not: to stand out of a few unlike products is no evidence. A missing next
    product counts as 0, or as the best where that is less.
    """
    others = [max(scores[place], crowd) if place < len(scores) else crowd for place in CROWD]
    following = scores[1] if len(scores) > 1 else min(scores[0], 0.0)
    return scores[0] - sum(others) / len(others), scores[0] - following


def certainty(segmentation_score: float) -> float:
    """How certain an object is: the log-odds of its segmentation score, 0..1, over those of CERTAIN; never above 0."""
    score = min(max(segmentation_score, 1 - CERTAIN), CERTAIN)
    return math.log(score / (1 - score)) - math.log(CERTAIN / (1 - CERTAIN))


def _logistic(evidence: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(min(evidence, 700.0), -700.0)))


def judge(matches: Sequence[Match], segmentation_score: float, calibration: Calibration, keep: int) -> Judgement:
    """The verdict on an object from its nearest products, best first, of which `keep` stay as candidates.

    `segmentation_score`, 0..1, is the object's `Instance.score`. UNKNOWN where there are no products. Give CONSIDERED
    products or more, as the others' similarities are evidence too.
    """
    if not matches:
        return Judgement(Verdict.UNKNOWN, 0.0, ())
    standing, lead = evidence([match.score for match in matches], calibration.crowd)
    certain = certainty(segmentation_score)
    probability = calibration.probability(standing, certain, lead)
    if calibration.enrolled(standing, certain) < calibration.unknown_below:
        verdict = Verdict.UNKNOWN
    elif probability >= calibration.known_from:
        verdict = Verdict.KNOWN
    else:
        verdict = Verdict.AMBIGUOUS
    return Judgement(verdict, probability, tuple(matches[:keep]))
