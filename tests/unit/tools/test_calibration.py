"""Calibration recovers the probabilities answers were drawn with."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.calibration import best_two, expected_calibration_error, fit, probabilities
from tillsight.errors import InvalidInput
from tillsight.verdict import Calibration


def test_the_fit_recovers_the_constants_answers_were_drawn_with() -> None:
    random = np.random.default_rng(0)
    score = random.uniform(0, 1, 50_000)
    second = score - random.uniform(0, 0.5, 50_000)
    truth = Calibration(-4.0, 5.0, 8.0)
    right = random.random(50_000) < probabilities(truth, score, second)

    found = fit(score, second, right)

    assert (found.intercept, found.score_weight, found.lead_weight) == pytest.approx((-4, 5, 8), abs=0.3)
    assert expected_calibration_error(probabilities(found, score, second), right) < 0.01


def test_separable_answers_still_give_finite_constants() -> None:
    score = np.array([0.1, 0.2, 0.8, 0.9])

    found = fit(score, score - 0.1, score > 0.5)

    assert np.isfinite([found.intercept, found.score_weight, found.lead_weight]).all()


def test_answers_of_one_kind_are_refused() -> None:
    with pytest.raises(InvalidInput, match="of one kind"):
        fit(np.array([0.5, 0.6]), np.array([0.4, 0.5]), np.array([True, True]))


def test_calibration_error_equals_the_hand_computed_value() -> None:
    probability = np.array([0.95, 0.95, 0.15, 0.15])
    right = np.array([True, False, False, False])

    # bin 0.9..1: |0.95 - 0.5| over half of them; bin 0.1..0.2: |0.15 - 0| over the other half
    assert expected_calibration_error(probability, right) == pytest.approx((0.45 + 0.15) / 2)


def test_the_second_score_is_of_another_product() -> None:
    scores = np.float32([[0.9, 0.2, 0.8, 0.3]])

    product, score, second = best_two(scores, np.array(["a", "b", "a", "b"]))

    assert product.tolist() == ["a"]
    assert score == pytest.approx([0.9])
    assert second == pytest.approx([0.3])
