"""The deadline of a call."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from support.recognize_calls import trouble
from support.server import RunningServer


async def test_a_deadline_of_a_millisecond_is_exceeded(running: RunningServer) -> None:
    code, _ = await trouble(running, deadline_s=0.001)
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("step", ["segment", "embed", "search"])
async def test_the_callers_deadline_ends_a_step_that_hangs(running: RunningServer, step: str) -> None:
    running.fakes.steps[step].hold = asyncio.Event()
    code, _ = await trouble(running, deadline_s=0.3)
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert running.fakes.steps[step].finished == 0
