"""A deadline that passes stops every later step."""

from __future__ import annotations

import threading
import time
from types import ModuleType

import pytest

from support.fakes import FakeService
from support.three_products import CALLS, THREE, service_with_three_products
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded
from tillsight.recognition import instances as instances_module
from tillsight.recognition import recognizer as recognizer_module


class PassingDeadline(Deadline):
    """A deadline that passes when `let_pass` is called."""

    def __init__(self) -> None:
        super().__init__(time.monotonic() + 30)
        object.__setattr__(self, "_passed", threading.Event())  # deadlines are frozen

    def remaining(self) -> float:
        return -1.0 if self._passed.is_set() else super().remaining()

    def let_pass(self, *_: object) -> None:
        self._passed.set()


async def test_after_the_deadline_no_step_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognizer_module, "decode_photo", lambda *_: pytest.fail("decoding was begun"))
    service = FakeService()
    with pytest.raises(DeadlineExceeded):
        await service.recognizer.recognize(THREE, Deadline.after(-1))
    assert [service.steps[name].calls for name in CALLS] == [0, 0, 0]


@pytest.mark.parametrize("late", ["segment", "embed"])
async def test_an_answer_after_the_deadline_starts_no_later_step(late: str) -> None:
    service = await service_with_three_products()
    deadline = PassingDeadline()
    service.steps[late].on_take = deadline.let_pass
    with pytest.raises(DeadlineExceeded):
        await service.recognizer.recognize(THREE, deadline)
    assert [service.steps[name].calls for name in CALLS] == [1, int(late == "embed"), 0]


@pytest.mark.parametrize(
    ("module", "function", "asked"),
    [
        (recognizer_module, "decode_photo", 0),
        (instances_module, "letterbox", 0),
        (instances_module, "separate_instances", 1),
        (recognizer_module, "crop_instances", 1),
    ],
)
async def test_a_deadline_that_passes_during_work_on_pixels_starts_no_later_step(
    module: ModuleType, function: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await service_with_three_products()
    deadline = PassingDeadline()
    work = getattr(module, function)

    def slow(*args: object) -> object:
        deadline.let_pass()
        return work(*args)

    monkeypatch.setattr(module, function, slow)
    with pytest.raises(DeadlineExceeded):
        await service.recognizer.recognize(THREE, deadline)
    assert [service.steps[name].calls for name in CALLS] == [asked, 0, 0]


async def test_the_deadline_does_not_wait_for_a_thread_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(recognizer_module, "decode_photo", lambda *_: let_go.wait(30))
    try:
        with pytest.raises(DeadlineExceeded, match="deadline passed"):
            await FakeService().recognizer.recognize(THREE, Deadline.after(0.05))
        assert not let_go.is_set()
    finally:
        let_go.set()
