"""Calls to Milvus end in time, and its errors are Tillsight's."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
import pytest_asyncio
from pymilvus import MilvusException

from tillsight.adapters.milvus import client as client_module
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, Unavailable


class FakeClient:
    """The part of pymilvus's client that is used; tests set `version`."""

    version = "2.3.5"

    def __init__(self, uri: str, token: str, timeout: float) -> None:
        self.uri, self.token = uri, token
        self.closed = False

    def get_server_version(self, timeout: float) -> str:
        return self.version

    def close(self) -> None:
        self.closed = True


def soon() -> Deadline:
    return Deadline.after(30)


@pytest_asyncio.fixture
async def calls(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MilvusCalls]:
    monkeypatch.setattr(client_module, "MilvusClient", FakeClient)
    calls = MilvusCalls("http://milvus:19530", "root:token")
    yield calls
    calls.close()


def failing(error: Exception) -> Callable[[Any, float], None]:
    def call(client: Any, timeout: float) -> None:
        raise error

    return call


async def test_before_milvus_has_answered_calls_fail_at_once(calls: MilvusCalls) -> None:
    with pytest.raises(Unavailable, match=r"Milvus.*not answered yet"):
        await calls.call(lambda client, timeout: pytest.fail("called"), soon())


async def test_a_call_gets_the_client_and_the_time_that_is_left_or_its_patience(calls: MilvusCalls) -> None:
    await calls.ping(soon())
    client, timeout = await calls.call(lambda client, timeout: (client, timeout), Deadline.after(2), 5.0)
    assert (client.uri, client.token) == ("http://milvus:19530", "root:token") and 1 < timeout <= 2
    assert await calls.call(lambda _, timeout: timeout, Deadline.after(30), 5.0) == 5.0


@pytest.mark.parametrize(("version", "is_lite"), [("v2.3.5-lite", False), ("milvus_lite-3.2.2", True)])
async def test_milvus_lite_is_recognised_by_its_version(
    calls: MilvusCalls, version: str, is_lite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeClient, "version", version)
    await calls.ping(soon())
    assert calls.is_lite is is_lite


async def test_after_the_deadline_no_call_is_made(calls: MilvusCalls) -> None:
    await calls.ping(soon())
    with pytest.raises(DeadlineExceeded, match="before Milvus"):
        await calls.call(lambda client, timeout: pytest.fail("called"), Deadline.after(-1))


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (MilvusException(code=1100, message="no such field"), False),
        (MilvusException(code=2, message="fail connecting to server"), True),
        (MilvusException(message="Retry timeout: 5s"), True),
        (grpc.RpcError("connection refused"), True),
    ],
    ids=["refused", "no connection", "timeout", "gRPC"],
)
async def test_only_a_milvus_that_does_not_answer_makes_later_calls_fail_at_once(
    calls: MilvusCalls, error: Exception, away: bool
) -> None:
    await calls.ping(soon())
    with pytest.raises(Unavailable, match="Milvus is unavailable"):
        await calls.call(failing(error), soon())
    if away:
        with pytest.raises(Unavailable):
            await calls.call(lambda client, timeout: pytest.fail("called"), soon())
        await calls.ping(soon())
    assert await calls.call(lambda client, timeout: "answer", soon()) == "answer"


async def test_a_call_that_hangs_ends_with_the_deadline(calls: MilvusCalls) -> None:
    await calls.ping(soon())
    release = threading.Event()
    try:
        with pytest.raises(DeadlineExceeded, match="while waiting for Milvus"):
            await calls.call(lambda client, timeout: release.wait(30), Deadline.after(0.05))
    finally:
        release.set()


async def test_other_errors_are_passed_on(calls: MilvusCalls) -> None:
    await calls.ping(soon())
    with pytest.raises(KeyError):
        await calls.call(failing(KeyError("bug")), soon())
