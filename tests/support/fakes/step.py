"""A counted call to a fake server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded


@dataclass
class Step:
    """A call to a server: counted, failing with `error` if set, waiting for `hold` if set, ended by its deadline."""

    calls: int = 0
    finished: int = 0
    error: Exception | None = None
    hold: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    on_take: Callable[[], None] = lambda: None

    async def take(self, deadline: Deadline) -> None:
        if deadline.remaining() <= 0:
            raise DeadlineExceeded("the deadline passed before the fake was asked")
        self.calls += 1
        self.reached.set()
        self.on_take()
        if self.error is not None:
            raise self.error
        if self.hold is not None:
            try:
                await asyncio.wait_for(self.hold.wait(), deadline.remaining())
            except TimeoutError:
                raise DeadlineExceeded("the deadline passed while waiting for the fake") from None
        self.finished += 1
