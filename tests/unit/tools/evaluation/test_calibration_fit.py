"""The fit recovers the probabilities of the answers, and its thresholds keep the wanted error rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration_figures import compute_figures, expected_calibration_error
from evaluation.calibration_fit import Answers, Flags, Values, enrolled_probability, fit_calibration, right_probability
from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import Calibration

TRUTH = Calibration(-8.0, 14.0, -2.5, 25.0, segmentation_weight=0.8, best_cohort_weight=3.0)
COHORT_FLOOR = 0.5


def given(
    cohort_score: Values, margin: Values, right: Flags, enrolled: Flags, certainty: Values | float = 0.0
) -> Answers:
    """Answers of weight 1 to whole objects."""
    count = len(cohort_score)
    return Answers(
        cohort_score, margin, np.full(count, certainty), right, enrolled, np.zeros(count, bool), np.ones(count)
    )  # fmt: skip


def drawn(seed: int, count: int = 40_000) -> Answers:
    """Random answers with the probabilities of TRUTH."""
    random = np.random.default_rng(seed)
    score, margin, certainty = (
        random.uniform(0.2, 1, count),
        random.uniform(0, 0.3, count),
        random.uniform(-2, 0, count),
    )
    one = given(score, margin, np.ones(count, bool), np.ones(count, bool), certainty)
    in_gallery = enrolled_probability(TRUTH, one)
    enrolled = random.random(count) < in_gallery
    right = enrolled & (random.random(count) < right_probability(TRUTH, one) / in_gallery)
    return given(score, margin, right, enrolled, certainty)


def test_the_fit_recovers_the_constants_answers_were_drawn_with() -> None:
    found = fit_calibration(drawn(0), lost=0.01, wrong=0.01, cohort_floor=COHORT_FLOOR)

    constants = (found.enrolled_intercept, found.enrolled_weight, found.best_intercept, found.best_weight)
    assert constants == pytest.approx((-8, 14, -2.5, 25), rel=0.1, abs=0.1)
    assert (found.segmentation_weight, found.best_cohort_weight) == pytest.approx((0.8, 3.0), rel=0.1)
    fresh = drawn(1)
    assert expected_calibration_error(right_probability(found, fresh), fresh.right) < 0.01


def test_thresholds_keep_the_wanted_error_rates_on_answers_they_were_not_fitted_to() -> None:
    result = compute_figures(
        fit_calibration(drawn(0), lost=0.02, wrong=0.03, cohort_floor=COHORT_FLOOR), drawn(1), lost=0.02
    )

    assert result["enrolled_rejected"] == pytest.approx(0.02, abs=0.005)
    assert result["wrong_of_known"] == pytest.approx(0.03, abs=0.005)
    assert result["open_set_rejected"] == pytest.approx(result["open_set_rejected_at_lost"], abs=0.02)


def test_if_no_threshold_gives_the_wanted_error_rate_nothing_is_known() -> None:
    answers = drawn(0, 400)
    top = np.argmax(right_probability(TRUTH, answers))
    answers.right[top] = False

    assert fit_calibration(answers, lost=0.01, wrong=0.0, cohort_floor=COHORT_FLOOR).known_from <= 1.0


def test_separable_answers_still_give_finite_constants() -> None:
    score = np.array([0.1, 0.2, 0.7, 0.8, 0.9])
    margin = np.array([0.0, 0.0, 0.0, 0.2, 0.3])
    enrolled = score > 0.5
    found = fit_calibration(given(score, margin, margin > 0.1, enrolled), 0.01, 0.01, COHORT_FLOOR)

    assert np.isfinite([found.enrolled_weight, found.best_weight]).all()


def test_if_every_answer_is_right_an_answer_without_margin_is_still_uncertain() -> None:
    answers = drawn(0, 400)
    answers.right[:] = answers.enrolled
    answers.margin[:] = 0.1 + answers.margin
    found = fit_calibration(answers, 0.01, 0.01, COHORT_FLOOR)

    assert 0.4 < found.probability(1.0, 0.0, 0.0) < 0.8
    assert found.probability(1.0, 0.0, 0.3) > 0.95


@pytest.mark.parametrize(("enrolled", "kinds"), [(True, "enrolled and not enrolled"), (False, "enrolled")])
def test_answers_of_one_kind_are_refused(enrolled: bool, kinds: str) -> None:
    two = np.array([0.5, 0.6])
    answers = given(two, two, np.array([enrolled, False]), np.array([enrolled, enrolled]))
    with pytest.raises(InvalidInput, match=kinds):
        fit_calibration(answers, 0.01, 0.01, COHORT_FLOOR)


def test_out_of_gallery_objects_have_the_given_share_of_the_weight() -> None:
    answers = drawn(0, 1000).weighted(0.1)

    assert answers.weight[~answers.enrolled].sum() / answers.weight.sum() == pytest.approx(0.1)
    assert answers.weight.sum() == pytest.approx(1000)


def test_a_fragment_weighs_like_an_enrolled_object_and_is_not_out_of_gallery() -> None:
    whole = drawn(0, 1000)
    answers = replace(whole, fragment=~whole.enrolled & (np.arange(1000) % 2 == 0)).weighted(0.1)

    assert answers.weight[answers.fragment] == pytest.approx(answers.weight[answers.enrolled][0])
    rest = answers.weight[~answers.fragment]
    assert answers.weight[answers.out_of_gallery].sum() / rest.sum() == pytest.approx(0.1)


def test_fragments_are_rejected_by_a_low_segmentation_certainty() -> None:
    count = 400
    cohort_score = np.random.default_rng(0).normal(0.2, 0.05, count)
    fragment = np.arange(count) % 4 == 0
    seen = given(cohort_score, np.full(count, 0.3), ~fragment, ~fragment, np.where(fragment, -3.0, -0.5))
    answers = replace(seen, fragment=fragment)

    assert (
        compute_figures(fit_calibration(answers, 0.01, 0.01, COHORT_FLOOR), answers, 0.01)["fragments_rejected"] == 1.0
    )


def test_certainty_that_speaks_for_fragments_gets_no_weight() -> None:
    answers = drawn(0)
    assert (
        fit_calibration(replace(answers, certainty=-answers.certainty), 0.01, 0.01, COHORT_FLOOR).segmentation_weight
        == 0.0
    )


def test_a_cohort_score_that_speaks_against_the_best_product_gets_no_weight() -> None:
    answers = drawn(0)
    random = np.random.default_rng(2)
    against = answers.enrolled & (random.random(len(answers.right)) > answers.cohort_score)

    found = fit_calibration(replace(answers, right=against), 0.01, 0.01, COHORT_FLOOR)
    assert found.best_cohort_weight == 0.0
