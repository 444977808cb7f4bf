"""Work on pixels runs in threads and ends with the deadline."""

from __future__ import annotations

import threading

import pytest

from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, InvalidInput
from tillsight.recognition.threads import run_in_thread


async def test_work_runs_in_another_thread_with_its_arguments() -> None:
    def work(first: int, *, second: int) -> tuple[int, int]:
        return first + second, threading.get_ident()

    total, thread = await run_in_thread(Deadline.after(30), work, 1, second=2)
    assert total == 3 and thread != threading.get_ident()


async def test_an_error_of_the_work_is_passed_on() -> None:
    def work() -> None:
        raise InvalidInput("wrong")

    with pytest.raises(InvalidInput, match="wrong"):
        await run_in_thread(Deadline.after(30), work)


async def test_a_deadline_that_passes_during_the_work_names_the_work() -> None:
    release = threading.Event()

    def slow_work() -> None:
        release.wait(30)

    try:
        with pytest.raises(DeadlineExceeded, match="slow_work"):
            await run_in_thread(Deadline.after(0.02), slow_work)
    finally:
        release.set()


async def test_after_the_deadline_no_work_is_started() -> None:
    started = threading.Event()
    with pytest.raises(DeadlineExceeded):
        await run_in_thread(Deadline.after(-1), started.set)
    assert not started.is_set()
