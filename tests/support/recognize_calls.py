"""Recognize calls, and how they fail."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from support.pictures import BLUE, RED, counter, encode
from support.server import RunningServer
from tillsight.v1.recognition_pb2 import RecognizeRequest, RecognizeResponse

COUNTER = encode(counter(((8, 10, 30, 30), RED), ((70, 30, 30, 40), BLUE)))


async def recognize(
    running: RunningServer, photo: bytes = COUNTER, *, deadline_s: float = 20, **fields: Any
) -> RecognizeResponse:
    request = RecognizeRequest(photo=photo, **fields)
    answer: RecognizeResponse = await running.recognition.Recognize(request, timeout=deadline_s)
    return answer


async def trouble(running: RunningServer, *arguments: Any, **fields: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await recognize(running, *arguments, **fields)
    return caught.value.code(), caught.value.details() or ""
