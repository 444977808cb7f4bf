"""Calibration recovers the probabilities answers were drawn with, and its thresholds keep what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation import calibration, strangers
from evaluation.calibration import Answers, Flags, Values, expected_calibration_error, figures, fit, probabilities
from evaluation.inprocess import MemoryGallery
from evaluation.strangers import Objects
from tillsight.domain.errors import InvalidInput
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.recognition.calibration import Calibration

TRUTH = Calibration(-8.0, 14.0, -2.5, 25.0, segmentation_weight=0.8, best_cohort_weight=3.0)
CROWD = 0.5


def given(standing: Values, lead: Values, right: Flags, enrolled: Flags, certainty: Values | float = 0.0) -> Answers:
    """Answers of weight 1 to whole objects."""
    count = len(standing)
    return Answers(
        standing, lead, np.full(count, certainty), right, enrolled, np.zeros(count, bool), np.ones(count)
    )  # fmt: skip


def drawn(seed: int, count: int = 40_000) -> Answers:
    """Answers as TRUTH says they come."""
    random = np.random.default_rng(seed)
    score, lead, certainty = random.uniform(0.2, 1, count), random.uniform(0, 0.3, count), random.uniform(-2, 0, count)
    one = given(score, lead, np.ones(count, bool), np.ones(count, bool), certainty)
    inside = calibration.enrolled(TRUTH, one)
    enrolled = random.random(count) < inside
    right = enrolled & (random.random(count) < probabilities(TRUTH, one) / inside)
    return given(score, lead, right, enrolled, certainty)


def test_the_fit_recovers_the_constants_answers_were_drawn_with() -> None:
    found = fit(drawn(0), lost=0.01, wrong=0.01, cohort_floor=CROWD)

    constants = (found.enrolled_intercept, found.enrolled_weight, found.best_intercept, found.best_weight)
    assert constants == pytest.approx((-8, 14, -2.5, 25), rel=0.1, abs=0.1)
    assert (found.segmentation_weight, found.best_cohort_weight) == pytest.approx((0.8, 3.0), rel=0.1)
    fresh = drawn(1)
    assert expected_calibration_error(probabilities(found, fresh), fresh.right) < 0.01


def test_thresholds_keep_the_errors_wanted_on_answers_they_were_not_fitted_to() -> None:
    told = figures(fit(drawn(0), lost=0.02, wrong=0.03, cohort_floor=CROWD), drawn(1), lost=0.02)

    assert told["known_rejected"] == pytest.approx(0.02, abs=0.005)
    assert told["wrong_of_known"] == pytest.approx(0.03, abs=0.005)
    assert told["strangers_rejected"] == pytest.approx(told["strangers_rejected_at_lost"], abs=0.02)


def test_where_no_threshold_gives_the_error_wanted_nothing_is_known() -> None:
    answers = drawn(0, 400)
    top = np.argmax(probabilities(TRUTH, answers))
    answers.right[top] = False

    assert fit(answers, lost=0.01, wrong=0.0, cohort_floor=CROWD).known_from <= 1.0


def test_separable_answers_still_give_finite_constants() -> None:
    score = np.array([0.1, 0.2, 0.7, 0.8, 0.9])
    lead = np.array([0.0, 0.0, 0.0, 0.2, 0.3])
    enrolled = score > 0.5
    found = fit(given(score, lead, lead > 0.1, enrolled), 0.01, 0.01, CROWD)

    assert np.isfinite([found.enrolled_weight, found.best_weight]).all()


def test_where_every_answer_is_right_no_lead_at_all_is_still_no_certainty() -> None:
    answers = drawn(0, 400)
    answers.right[:] = answers.enrolled
    answers.lead[:] = 0.1 + answers.lead
    found = fit(answers, 0.01, 0.01, CROWD)

    assert 0.4 < found.probability(1.0, 0.0, 0.0) < 0.8
    assert found.probability(1.0, 0.0, 0.3) > 0.95


@pytest.mark.parametrize(("enrolled", "kinds"), [(True, "enrolled and not enrolled"), (False, "enrolled")])
def test_answers_of_one_kind_are_refused(enrolled: bool, kinds: str) -> None:
    two = np.array([0.5, 0.6])
    answers = given(two, two, np.array([enrolled, False]), np.array([enrolled, enrolled]))
    with pytest.raises(InvalidInput, match=kinds):
        fit(answers, 0.01, 0.01, CROWD)


def test_strangers_weigh_what_share_they_are_given() -> None:
    answers = drawn(0, 1000).weighted(0.1)

    assert answers.weight[~answers.enrolled].sum() / answers.weight.sum() == pytest.approx(0.1)
    assert answers.weight.sum() == pytest.approx(1000)


def test_a_piece_weighs_like_an_enrolled_object_and_is_no_stranger() -> None:
    whole = drawn(0, 1000)
    answers = replace(whole, piece=~whole.enrolled & (np.arange(1000) % 2 == 0)).weighted(0.1)

    assert answers.weight[answers.piece] == pytest.approx(answers.weight[answers.enrolled][0])
    rest = answers.weight[~answers.piece]
    assert answers.weight[answers.strangers].sum() / rest.sum() == pytest.approx(0.1)


def test_pieces_are_rejected_by_the_segmenters_doubt_of_them() -> None:
    count = 400
    standing = np.random.default_rng(0).normal(0.2, 0.05, count)
    piece = np.arange(count) % 4 == 0
    seen = given(standing, np.full(count, 0.3), ~piece, ~piece, np.where(piece, -3.0, -0.5))
    answers = replace(seen, piece=piece)

    assert figures(fit(answers, 0.01, 0.01, CROWD), answers, 0.01)["pieces_rejected"] == 1.0


def test_certainty_that_speaks_for_pieces_is_left_out() -> None:
    answers = drawn(0)
    assert fit(replace(answers, certainty=-answers.certainty), 0.01, 0.01, CROWD).segmentation_weight == 0.0


def test_standing_that_speaks_against_the_best_product_is_left_out() -> None:
    answers = drawn(0)
    random = np.random.default_rng(2)
    against = answers.enrolled & (random.random(len(answers.right)) > answers.standing)

    found = fit(replace(answers, right=against), 0.01, 0.01, CROWD)
    assert found.best_cohort_weight == 0.0


def test_calibration_error_equals_the_hand_computed_value() -> None:
    probability = np.array([0.95, 0.95, 0.15, 0.15])
    right = np.array([True, False, False, False])

    # bin 0.9..1: |0.95 - 0.5| over half of them; bin 0.1..0.2: |0.15 - 0| over the other half
    assert expected_calibration_error(probability, right) == pytest.approx((0.45 + 0.15) / 2)


def shop(count: int) -> tuple[MemoryGallery, Objects]:
    """Products at right angles to each other, and an object of each that is its reference, with one of no product."""
    vectors = np.eye(count + 1, dtype=np.float32)
    rows = [GalleryRow(row_id(f"r{n}", 0), f"p{n}", f"p{n}", "", 0, {}, vectors[n]) for n in range(count)]
    return MemoryGallery(rows), Objects.whole(vectors, [*(f"p{n}" for n in range(count)), ""])


def test_an_object_is_asked_for_once_with_its_product_and_once_without() -> None:
    gallery, objects = shop(40)
    answers, whose = strangers.answers(gallery, objects)

    for label in objects.labels:
        own = answers.only(whose.labels == label)
        if label:
            assert sorted(own.enrolled) == [False, True]
            assert own.standing[own.enrolled] == pytest.approx([1.0])
            assert own.standing[~own.enrolled] == pytest.approx([0.0])
            assert list(own.right) == list(own.enrolled)
        else:
            assert list(own.enrolled) == [False]


def test_held_out_answers_are_of_other_products_in_other_photos() -> None:
    count = 400
    labels = np.array([f"p{n % 40}" if n % 20 else "" for n in range(count)])
    objects = replace(Objects.whole(np.zeros((count, 1), np.float32), list(labels)), photos=np.arange(count) // 7)
    position = np.arange(count, dtype=np.float64)  # a score that says which object it is of
    answers = given(position, position, labels != "", labels != "")
    fitted_to: list[Answers] = []

    def fitted(half: Answers) -> Calibration:
        fitted_to.append(half)
        return Calibration()

    pairs = strangers.held_out(answers, objects, fitted, 0.1)

    for half, (_, judged) in zip(fitted_to, pairs, strict=True):
        fit_on, judged_on = half.standing.astype(int), judged.standing.astype(int)
        assert len(fit_on) > 50 and len(judged_on) > 50
        assert set(labels[fit_on]) & set(labels[judged_on]) <= {""}
        assert not set(objects.photos[fit_on]) & set(objects.photos[judged_on])
