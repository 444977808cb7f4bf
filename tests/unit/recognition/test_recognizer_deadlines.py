"""A deadline that passes stops every later step."""

from __future__ import annotations

import threading
import time
from types import ModuleType

import pytest

from support.fakes import FakeService
from support.pictures import BLUE, GREEN, RED, counter, encode
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded
from tillsight.domain.products import Reference
from tillsight.recognition import instances as instances_module
from tillsight.recognition import recognizer as recognizer_module

THREE = encode(counter(((8, 10, 24, 24), RED), ((48, 40, 24, 30), GREEN), ((90, 12, 20, 50), BLUE)))
STEPS = ["segment", "embed", "search"]


def soon() -> Deadline:
    return Deadline.after(30)


async def stocked(**options: int) -> FakeService:
    """A service whose gallery knows a red, a green and a blue product, counters at zero."""
    service = FakeService(**options)

    async def references():  # type: ignore[no-untyped-def]
        for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE)):
            yield Reference(f"p-{name}", name, encode(counter(((40, 20, 40, 40), colour))), attributes={"of": name})

    assert (await service.catalogue.enrol(references(), soon())).enrolled == 3
    rows = dict(service.gallery.rows)
    service.reset()
    service.gallery.rows.update(rows)
    return service


class PassingDeadline(Deadline):
    """A deadline that passes when told to."""

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
    assert [service.steps[name].calls for name in STEPS] == [0, 0, 0]


@pytest.mark.parametrize("late", ["segment", "embed"])
async def test_an_answer_after_the_deadline_starts_no_later_step(late: str) -> None:
    service = await stocked()
    deadline = PassingDeadline()
    service.steps[late].on_take = deadline.let_pass
    with pytest.raises(DeadlineExceeded):
        await service.recognizer.recognize(THREE, deadline)
    assert [service.steps[name].calls for name in STEPS] == [1, int(late == "embed"), 0]


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
    service = await stocked()
    deadline = PassingDeadline()
    work = getattr(module, function)

    def slow(*args: object) -> object:
        deadline.let_pass()
        return work(*args)

    monkeypatch.setattr(module, function, slow)
    with pytest.raises(DeadlineExceeded):
        await service.recognizer.recognize(THREE, deadline)
    assert [service.steps[name].calls for name in STEPS] == [asked, 0, 0]


async def test_the_deadline_does_not_wait_for_a_thread_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(recognizer_module, "decode_photo", lambda *_: let_go.wait(30))
    try:
        with pytest.raises(DeadlineExceeded, match="deadline passed"):
            await FakeService().recognizer.recognize(THREE, Deadline.after(0.05))
        assert not let_go.is_set()
    finally:
        let_go.set()
