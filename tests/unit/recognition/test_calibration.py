"""Probabilities of a calibration, and its JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import pytest

from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import OPTIONAL_WEIGHTS, Calibration

CALIBRATION = Calibration(
    enrolled_intercept=-6,
    enrolled_weight=20,
    best_intercept=0,
    best_weight=40,
    cohort_floor=0.3,
    unknown_below=0.3,
    known_from=0.7,
)


def test_two_equally_near_products_are_equally_probable() -> None:
    assert CALIBRATION.probability(1.5, 0.0, 0.0) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(("cohort_score", "margin"), [(1.0, 2.0), (-1.0, 0.0)])
@pytest.mark.parametrize("weight", [1.0, 1e6])
def test_the_probability_stays_in_range_under_a_steep_calibration(
    cohort_score: float, margin: float, weight: float
) -> None:
    steep = Calibration(-weight, weight, -weight, weight, segmentation_weight=weight, best_cohort_weight=weight)
    assert 0 <= steep.probability(cohort_score, -cohort_score, margin) <= 1


def test_a_margin_counts_less_for_an_object_with_a_low_cohort_score() -> None:
    weighing = replace(CALIBRATION, best_cohort_weight=10.0)
    near, far = (weighing.probability(one, 0, 0.1) / weighing.enrolled(one, 0) for one in (0.4, 0.1))
    assert near > far


@pytest.mark.parametrize("lacking", [OPTIONAL_WEIGHTS, OPTIONAL_WEIGHTS[1:]])
def test_a_calibration_without_the_optional_weights_is_read(lacking: tuple[str, ...]) -> None:
    members = {name: value for name, value in asdict(CALIBRATION).items() if name not in lacking}
    assert Calibration.from_json(json.dumps(members)) == CALIBRATION


def test_a_calibration_reads_back_from_its_json() -> None:
    assert Calibration.from_json(CALIBRATION.to_json()) == CALIBRATION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({**asdict(CALIBRATION), "more": 1.0}),
        json.dumps({**asdict(CALIBRATION), "known_from": "0.5"}),
        json.dumps({**asdict(CALIBRATION), "known_from": math.nan}),
        json.dumps({**asdict(CALIBRATION), "best_weight": -1.0}),
    ],
)
def test_a_text_that_is_not_a_calibration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="calibration"):
        Calibration.from_json(text)
