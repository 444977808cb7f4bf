"""Admission: a full server refuses calls, and a call that ends frees its slot."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from support.recognize_calls import recognize, trouble
from support.server import MAX_CONCURRENT_CALLS, RunningServer
from tillsight.domain.errors import Unavailable


async def test_a_full_server_refuses_calls_at_once_and_accepts_them_again_later(running: RunningServer) -> None:
    step = running.fakes.segmenter.step
    step.hold = asyncio.Event()
    under_way = []
    for _ in range(MAX_CONCURRENT_CALLS):
        step.reached.clear()
        under_way.append(asyncio.ensure_future(recognize(running)))
        await step.reached.wait()
    code, message = await trouble(running)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED and str(MAX_CONCURRENT_CALLS) in message
    assert step.calls == MAX_CONCURRENT_CALLS
    step.hold.set()
    assert [len(answer.objects) for answer in await asyncio.gather(*under_way)] == [2] * MAX_CONCURRENT_CALLS
    assert len((await recognize(running)).objects) == 2


@pytest.mark.parametrize("error", [Unavailable("Triton", "gone"), RuntimeError("?")], ids=["expected", "unexpected"])
async def test_failed_calls_free_their_slots(running: RunningServer, error: Exception) -> None:
    running.fakes.segmenter.step.error = error
    for _ in range(MAX_CONCURRENT_CALLS + 1):
        code, _ = await trouble(running)
        assert code is not grpc.StatusCode.RESOURCE_EXHAUSTED
