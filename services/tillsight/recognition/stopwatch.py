"""How long each step of a photo takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """The milliseconds of each step, in the order of the steps."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as step `name`."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._steps[name] = (time.perf_counter() - begun) * 1000

    def read(self) -> dict[str, float]:
        """All steps so far, and `total`, the time since the stopwatch was created."""
        return {**self._steps, "total": (time.perf_counter() - self._start) * 1000}
