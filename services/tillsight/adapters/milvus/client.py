"""Calls to Milvus that always end: threads of their own, deadlines, and errors of our tree.

pymilvus's asynchronous client is marked experimental, so the synchronous one runs in a few threads. Given a
timeout, pymilvus retries until it has passed; without one, 75 times.
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
"""How long a call waits for a Milvus that does not answer, deadline permitting."""


class MilvusCalls:
    """One Milvus endpoint. While it is known to be away, calls fail at once; `ping` finds out."""

    def __init__(self, uri: str, token: str = "") -> None:
        self._uri = uri
        self._token = token
        self._client: MilvusClient | None = None
        self._connecting = threading.Lock()
        self._away: str | None = "it has not answered yet"
        self.is_lite = False
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="milvus")

    async def ping(self, deadline: Deadline) -> None:
        """Raises Unavailable where Milvus does not answer, DeadlineExceeded."""
        self._away = None
        version = await self.call(lambda client, t: str(client.get_server_version(timeout=t)), deadline, 2.0)
        # The real server of the wheel calls itself v2.3.5-lite, Milvus Lite milvus_lite-3.2.2.
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
            # pymilvus looks at the clock between tries only: half a second for the try under way.
            return await asyncio.wait_for(work, timeout + 0.5)
        except (MilvusException, grpc.RpcError, TimeoutError) as error:
            if deadline.remaining() <= 0:
                raise DeadlineExceeded("the deadline passed while waiting for Milvus") from error
            reason = _reason(error)
            if _is_away(error):
                self._away = reason
            raise Unavailable(SERVER, reason) from error

    def close(self) -> None:
        """Give up the connection and the threads; calls under way end by their timeouts."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def _run(self, function: Callable[[MilvusClient, float], T], timeout: float) -> T:
        with self._connecting:
            if self._client is None:
                self._client = MilvusClient(self._uri, token=self._token, timeout=timeout)
        return function(self._client, timeout)


def _is_away(error: Exception) -> bool:
    """Whether an error means that nobody answers, rather than that Milvus answered with a refusal."""
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
