"""Cancellation and the log line of each call."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from support.recognize_calls import COUNTER, recognize, trouble
from support.server import MAX_CONCURRENT_CALLS, RunningServer
from tillsight.domain.errors import Unavailable
from tillsight.v1.recognition_pb2 import RecognizeRequest


async def test_a_client_that_cancels_stops_the_work_and_frees_its_slot(running: RunningServer) -> None:
    for _ in range(MAX_CONCURRENT_CALLS + 1):
        step = running.fakes.segmenter.step
        step.hold, ended = asyncio.Event(), watched_end(running)
        call = running.recognition.Recognize(RecognizeRequest(photo=COUNTER), timeout=20)
        await step.reached.wait()
        call.cancel()
        assert await asyncio.wait_for(ended, 10) == "CancelledError"
        assert running.fakes.embedder.step.calls == 0
        running.fakes.reset()
    assert len((await recognize(running)).objects) == 2


def watched_end(running: RunningServer) -> asyncio.Future[str]:
    """How the next call of the segmenter ends: the name of what it raised."""
    segmenter, ended = running.fakes.segmenter, asyncio.get_running_loop().create_future()
    segment = type(segmenter).segment

    async def watched(*arguments: Any) -> Any:
        del segmenter.segment
        try:
            return await segment(segmenter, *arguments)
        except BaseException as error:
            ended.set_result(type(error).__name__)
            raise

    segmenter.segment = watched  # type: ignore[method-assign]
    return ended


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "OK"), (Unavailable("Triton", "gone"), "UNAVAILABLE"), (RuntimeError("?"), "INTERNAL")],
)
async def test_each_call_is_logged_once_with_its_status(
    running: RunningServer, error: Exception | None, status: str
) -> None:
    running.fakes.segmenter.step.error = error
    with capture_logs() as lines:
        await (trouble(running) if error else recognize(running))
    (call,) = [line for line in lines if line["event"] == "call"]
    assert (call["status"], call["method"]) == (status, "/tillsight.v1.RecognitionService/Recognize")
    assert call["elapsed_ms"] >= 0
    tracebacks = [line for line in lines if line.get("exc_info")]
    assert len(tracebacks) == (1 if status == "INTERNAL" else 0)


async def test_a_cancelled_call_is_logged_as_cancelled(running: RunningServer) -> None:
    step = running.fakes.segmenter.step
    step.hold = asyncio.Event()
    lines: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()

    def collect(logger: object, method: str, line: MutableMapping[str, Any]) -> str:
        lines.put_nowait(line)
        return ""

    structlog.configure(processors=[collect])
    call = running.recognition.Recognize(RecognizeRequest(photo=COUNTER), timeout=20)
    await step.reached.wait()
    call.cancel()
    assert (await asyncio.wait_for(lines.get(), 10))["status"] == "CANCELLED"
