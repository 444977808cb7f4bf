"""Admission: how many calls run at the same time, and the refusal of further ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tillsight.domain.errors import Overloaded


class Admission:
    """Limits the calls that run at the same time; a further call is refused at once and not queued.

    grpc.aio's own `maximum_concurrent_rpcs` stops limiting after its first rejections in some releases.
    """

    def __init__(self, max_concurrent_calls: int) -> None:
        self._max = max_concurrent_calls
        self._running = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot during the block; raises Overloaded if none is free."""
        if self._running >= self._max:
            raise Overloaded(f"the service is running {self._max} calls, its maximum: try again in a moment")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
