"""The time of each step."""

from __future__ import annotations

import pytest

from tillsight.recognition import stopwatch as stopwatch_module
from tillsight.recognition.stopwatch import Stopwatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the stopwatch reads; tests set the one element."""
    now = [10.0]
    monkeypatch.setattr(stopwatch_module.time, "perf_counter", lambda: now[0])
    return now


def test_each_step_has_its_milliseconds_and_the_total_counts_from_the_start(clock: list[float]) -> None:
    watch = Stopwatch()
    with watch.step("decode"):
        clock[0] += 0.25
    clock[0] += 1
    with watch.step("segment"):
        clock[0] += 0.5
    assert watch.read() == pytest.approx({"decode": 250, "segment": 500, "total": 1750})
    assert list(watch.read()) == ["decode", "segment", "total"]


def test_a_step_that_fails_is_timed_too(clock: list[float]) -> None:
    watch = Stopwatch()
    with pytest.raises(ValueError, match="failed"), watch.step("decode"):
        clock[0] += 0.25
        raise ValueError("failed")
    assert watch.read()["decode"] == pytest.approx(250)
