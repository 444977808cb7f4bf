"""A training that someone interrupts stops after a whole step, with a checkpoint."""

from __future__ import annotations

import signal

from tillsight.domain.errors import TillsightError


class Interrupted(TillsightError):
    """A signal stopped the training. Its checkpoint is written."""


class StopSignal:
    """Sets `requested` at SIGINT or SIGTERM, so that the loop can finish its step. A second signal kills as usual."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request)

    def _request(self, number: int, frame: object) -> None:
        self.requested = True
        signal.signal(number, signal.SIG_DFL)
