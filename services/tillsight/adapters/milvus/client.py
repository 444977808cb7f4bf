"""Calls to Milvus in threads, each with a deadline, and with pymilvus's errors as Tillsight's.

pymilvus's asynchronous client is marked experimental, so the synchronous one runs in a few threads. With a timeout
pymilvus retries until the timeout has passed; without one it retries 75 times.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import grpc
from pymilvus import MilvusClient, MilvusException

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, Unavailable

T = TypeVar("T")

SERVER = "Milvus"
PATIENCE_S = 5.0
"""The longest time that a call waits for Milvus, if its deadline is not earlier."""


class MilvusCalls:
    """One Milvus endpoint. After a call that Milvus did not answer, calls fail at once until `ping` succeeds."""

    def __init__(self, uri: str, token: str = "") -> None:
        self._uri = uri
        self._token = token
        self._client: MilvusClient | None = None
        self._connecting = threading.Lock()
        self._away: str | None = "it has not answered yet"
        self.is_lite = False
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="milvus")

    async def ping(self, deadline: Deadline) -> None:
        """Raises Unavailable if Milvus does not answer, DeadlineExceeded."""
        self._away = None
        version = await self.call(lambda client, t: str(client.get_server_version(timeout=t)), deadline, 2.0)
        # The server in the milvus wheel reports v2.3.5-lite, Milvus Lite reports milvus_lite-3.2.2.
        self.is_lite = version.startswith("milvus_lite")

    async def call(
        self, function: Callable[[MilvusClient, float], T], deadline: Deadline, patience_s: float = PATIENCE_S
    ) -> T:
        """Run `function(client, timeout in seconds)` in a thread. Raises Unavailable, DeadlineExceeded."""
        if self._away is not None:
            raise Unavailable(SERVER, self._away)
        remaining = deadline.remaining()
        if remaining <= 0:
            raise DeadlineExceeded("the deadline passed before Milvus was asked")
        timeout = min(remaining, patience_s)
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._run, function, timeout)
        try:
            # pymilvus checks the time between retries only: half a second more for the retry that is running.
            return await asyncio.wait_for(work, timeout + 0.5)
        except (MilvusException, grpc.RpcError, TimeoutError) as error:
            if deadline.remaining() <= 0:
                raise DeadlineExceeded("the deadline passed while waiting for Milvus") from error
            reason = _reason(error)
            if _is_away(error):
                self._away = reason
            raise Unavailable(SERVER, reason) from error

    def close(self) -> None:
        """Close the connection and the threads; running calls end by their timeouts."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def _run(self, function: Callable[[MilvusClient, float], T], timeout: float) -> T:
        with self._connecting:
            if self._client is None:
                self._client = MilvusClient(self._uri, token=self._token, timeout=timeout)
        return function(self._client, timeout)


def _is_away(error: Exception) -> bool:
    """Whether an error means that Milvus did not answer, and not that it refused the call."""
    if isinstance(error, MilvusException):
        code: Any = error.code
        return code in (
            2,
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
        ) or "Retry timeout" in str(error)
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, MilvusException):
        return str(error.message)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error)
