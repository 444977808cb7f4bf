"""Which failed calls an import repeats, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass

import grpc

RETRIED_STATUSES = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
"""The service, Triton or Milvus is unavailable, or the service runs its maximum number of calls: both may pass."""
RETRY_PAUSE_S = 1.0
RETRY_LIMIT_S = 120.0
"""An import fails once all its calls have failed for this long."""


@dataclass(slots=True)
class Retry:
    """Decides whether a failed call is repeated.

    No call is repeated before the first success, so that a wrong address fails at once.
    """

    _succeeded_once: bool = False
    _failing_since: float | None = None

    def record_success(self) -> None:
        """Note that a call succeeded: the time of failures starts again."""
        self._succeeded_once, self._failing_since = True, None

    def pause_or_raise(self, error: grpc.RpcError) -> None:
        """Pause before the call is repeated. Raises `error` if the call should not be repeated."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        expired = now - self._failing_since >= RETRY_LIMIT_S
        if not self._succeeded_once or error.code() not in RETRIED_STATUSES or expired:
            raise error
        time.sleep(RETRY_PAUSE_S)
