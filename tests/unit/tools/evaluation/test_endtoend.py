"""The figures of whole checkouts, against values computed by hand."""

from __future__ import annotations

import pytest

from evaluation.endtoend import figures
from support.checkouts import checkout, found

ENROLLED = {"tea", "milk"}
CHECKOUTS = [
    checkout(["tea", "milk"], found("tea", "KNOWN", "tea"), found("milk", "AMBIGUOUS", "milk", "tea")),
    checkout(["tea", "tea"], found("tea", "KNOWN", "tea"), found("tea", "UNKNOWN", "tea")),  # one booked, two there
    checkout(["milk", "jam"], found("milk", "KNOWN", "tea", "milk"), found("jam", "KNOWN", "tea")),
    checkout(["jam"], found("jam", "UNKNOWN", "tea"), found("", "UNKNOWN", "milk")),  # nothing to book, nothing booked
]


def test_figures_equal_hand_computed_values() -> None:
    result = figures(CHECKOUTS, ENROLLED, {"tea": "hot", "milk": "cold"})

    assert result["f1"] == pytest.approx(2 * 3 / (5 + 5))  # 3 right of 5 booked, 5 of the gallery's products there
    assert result["checkout_accuracy"] == 2 / 4
    assert result["top1"] == 3 / 5 and result["top1_nearest"] == 4 / 5
    assert (result["found"], result["n_objects"]) == (1.0, 5)
    assert result["known_share"] == 3 / 5 and result["wrong_of_known"] == 2 / 4
    assert result["open_set_rejected"] == 2 / 3 and result["n_out_of_gallery"] == 3
    assert result["fragments_rejected"] is None
    assert result["ece"] == pytest.approx(0.9 - 4 / 8)  # all stated 0.9; 4 of 8 best candidates are right
    assert result["by_group"]["hot"] == {"top1": 2 / 3, "top1_nearest": 1.0, "found": 1.0, "n_objects": 3}
    assert result["by_group"]["cold"]["top1"] == 1 / 2
    assert "by_tuning" not in result


def test_a_fragment_that_is_booked_makes_the_checkout_wrong() -> None:
    twice = checkout(["tea"], found("tea", "KNOWN", "tea"), found(None, "KNOWN", "tea"))

    result = figures([twice], ENROLLED, {}, tuned={"tea"})

    assert result["checkout_accuracy"] == 0.0 and result["f1"] == pytest.approx(2 / 3)
    assert result["fragments_rejected"] == 0.0 and result["ece"] == pytest.approx(0.9 - 1 / 2)
    assert result["by_tuning"]["tuned"]["top1"] == 1.0 and result["by_tuning"]["unseen"]["top1"] is None


def test_an_empty_counter_is_right_if_nothing_is_booked() -> None:
    assert figures([checkout([])], ENROLLED, {})["checkout_accuracy"] == 1.0
