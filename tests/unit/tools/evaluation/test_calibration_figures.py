"""The figures of a calibration."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.calibration_figures import expected_calibration_error


def test_calibration_error_equals_the_hand_computed_value() -> None:
    probability = np.array([0.95, 0.95, 0.15, 0.15])
    right = np.array([True, False, False, False])

    # bin 0.9..1: |0.95 - 0.5| over half of them; bin 0.1..0.2: |0.15 - 0| over the other half
    assert expected_calibration_error(probability, right) == pytest.approx((0.45 + 0.15) / 2)
