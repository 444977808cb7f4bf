"""Signals that stop a training."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from segmentation.interruption import StopSignal


@pytest.fixture
def restored() -> Iterator[None]:
    """The handlers of before, after the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_requests_a_stop_and_a_second_one_kills(number: signal.Signals) -> None:
    stop = StopSignal()
    assert not stop.requested

    os.kill(os.getpid(), number)

    assert stop.requested
    assert signal.getsignal(number) is signal.SIG_DFL
