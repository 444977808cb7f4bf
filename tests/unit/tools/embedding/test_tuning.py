"""The length of a tuning."""

from __future__ import annotations

import pytest

from embedding.tuning import Plan


@pytest.mark.parametrize(("steps", "expected"), [(None, 0.5), (10, 0.3), (0, 1.0)])
def test_progress_is_measured_in_steps_if_given_and_else_in_minutes(steps: int | None, expected: float) -> None:
    assert Plan(2.0, 0, steps).progress(3, 60.0) == expected
