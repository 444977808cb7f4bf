"""The figures of calls during a rebuild, by the phases of the rebuild."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.rebuild_load import Call, Load
from tillsight.v1.catalogue_pb2 import RebuildPhase

SWAP_MARGIN_S = 0.5
"""Calls within so many seconds of the swap count as during it."""


def compute_figures(load: Load, entered: dict[int, float]) -> dict[str, Any]:
    """The figures of a load, given the time at which each phase was entered."""
    build = entered[RebuildPhase.REBUILD_PHASE_BUILD]
    index = entered[RebuildPhase.REBUILD_PHASE_INDEX]
    switch, done = entered[RebuildPhase.REBUILD_PHASE_SWITCH], entered[RebuildPhase.REBUILD_PHASE_DONE]
    before = [call for call in load.calls if call.ended < build]
    building = [call for call in load.calls if build <= call.started < index]
    checking = [call for call in load.calls if index <= call.started < switch - SWAP_MARGIN_S]
    swapping = [
        call for call in load.calls if call.ended > switch - SWAP_MARGIN_S and call.started < done + SWAP_MARGIN_S
    ]
    after = [call for call in load.calls if call.started > done + SWAP_MARGIN_S]
    return {
        "calls": len(load.calls),
        "calls_failed": sum(call.failed for call in load.calls),
        "calls_mixed": sum(call.mixed for call in load.calls),
        "calls_missed": sum(call.missed for call in load.calls),
        "calls_missed_in": {
            name: sum(call.missed for call in calls)
            for name, calls in (
                ("before", before),
                ("build", building),
                ("index and verify", checking),
                ("swap", swapping),
                ("after", after),
            )
        },
        "calls_during_swap": len(swapping),
        "writes": len(load.writes),
        "writes_failed": sum(write.failed for write in load.writes),
        "slowest_write_ms": max(1000 * (write.ended - write.started) for write in load.writes),
        "build_s": index - build,
        "swap_s": done - switch,
        "p50_before_ms": _percentile(before, 50),
        "p95_before_ms": _percentile(before, 95),
        "p95_build_ms": _percentile(building, 95),
        "p95_index_and_verify_ms": _percentile(checking, 95),
        "p95_swap_ms": _percentile(swapping, 95),
        "p95_after_ms": _percentile(after, 95),
        "p95_swap_to_before": _percentile(swapping, 95) / _percentile(before, 95),
    }


def _percentile(calls: Iterable[Call], percent: float) -> float:
    """A percentile of the milliseconds of calls; NaN without any call."""
    durations = [1000 * (call.ended - call.started) for call in calls]
    return float(np.percentile(durations, percent)) if durations else float("nan")
