"""The time that is left until a deadline."""

from __future__ import annotations

import pytest

from tillsight.domain import deadline as deadline_module
from tillsight.domain.deadline import Deadline


def test_the_remaining_time_falls_with_the_clock_and_is_negative_after_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(deadline_module.time, "monotonic", lambda: now[0])
    deadline = Deadline.after(3.0)
    assert deadline.remaining() == 3.0
    now[0] = 102.5
    assert deadline.remaining() == 0.5
    now[0] = 105.0
    assert deadline.remaining() == -2.0
