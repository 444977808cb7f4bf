"""Work on pixels in threads, so that it does not block the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded

P = ParamSpec("P")
T = TypeVar("T")


async def run_in_thread(deadline: Deadline, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run work on pixels in a thread. Raises DeadlineExceeded once the deadline has passed.

    The thread cannot be stopped and finishes its work.
    """
    try:
        return await asyncio.wait_for(asyncio.to_thread(function, *args, **kwargs), deadline.remaining())
    except TimeoutError:
        raise DeadlineExceeded(f"the deadline passed during {function.__name__}") from None
