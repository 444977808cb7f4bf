"""The figures of calls during a rebuild."""

from __future__ import annotations

import pytest

from benchmarks.rebuild_figures import compute_figures
from benchmarks.rebuild_load import Call, Load
from tillsight.v1.catalogue_pb2 import RebuildPhase

ENTERED = {
    RebuildPhase.REBUILD_PHASE_BUILD: 10.0,
    RebuildPhase.REBUILD_PHASE_INDEX: 20.0,
    RebuildPhase.REBUILD_PHASE_SWITCH: 30.0,
    RebuildPhase.REBUILD_PHASE_DONE: 31.0,
}


def test_calls_are_counted_by_the_phase_in_which_they_started() -> None:
    load = Load("", 1.0)
    load.calls = [
        Call(1.0, 1.1),
        Call(12.0, 12.2, missed=True),
        Call(22.0, 22.1),
        Call(30.5, 30.9, mixed=True),
        Call(40.0, 40.1, failed=True),
    ]
    load.writes = [Call(5.0, 5.5)]

    figures = compute_figures(load, ENTERED)

    assert (figures["calls"], figures["calls_failed"], figures["calls_mixed"], figures["calls_missed"]) == (5, 1, 1, 1)
    assert figures["calls_missed_in"]["build"] == 1 and figures["calls_during_swap"] == 1
    assert (figures["build_s"], figures["swap_s"]) == (10.0, 1.0)
    assert figures["p50_before_ms"] == pytest.approx(100)
    assert figures["p95_swap_to_before"] == pytest.approx(4)
    assert figures["slowest_write_ms"] == pytest.approx(500)
