"""The way of a photo: what is asked of whom, how often, and what stops it."""

from __future__ import annotations

import asyncio
import threading
import time
from types import ModuleType
from typing import Any

import pytest

from fakes import World
from pictures import BLUE, GREEN, RED, counter, encode
from tillsight.domain.arrays import Pixels
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, InvalidInput, InvalidPhoto, Unavailable
from tillsight.domain.geometry import Box
from tillsight.domain.products import Reference
from tillsight.domain.recognition_results import Match, Recognition, Verdict
from tillsight.recognition import instances as instances_module
from tillsight.recognition import recognizer as recognizer_module
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.product_ranking import INITIAL_ROWS

EMPTY = encode(counter())
THREE = encode(counter(((8, 10, 24, 24), RED), ((48, 40, 24, 30), GREEN), ((90, 12, 20, 50), BLUE)))
STEPS = ["segment", "embed", "search"]


def soon() -> Deadline:
    return Deadline.after(30)


async def stocked(**options: int) -> World:
    """A world whose gallery knows a red, a green and a blue product, counters at zero."""
    world = World(**options)

    async def references():  # type: ignore[no-untyped-def]
        for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE)):
            yield Reference(f"p-{name}", name, encode(counter(((40, 20, 40, 40), colour))), attributes={"of": name})

    assert (await world.catalogue.enrol(references(), soon())).enrolled == 3
    rows = dict(world.gallery.rows)
    world.reset()
    world.gallery.rows.update(rows)
    return world


def boxes(answer: Recognition) -> dict[str, Box]:
    return {found.judgement.candidates[0].product_id: found.instance.box for found in answer.objects}


async def test_each_object_gets_its_label_and_its_box() -> None:
    world = await stocked()
    answer = await world.recognizer.recognize(THREE, soon())
    assert (answer.width, answer.height) == (120, 80)
    assert {found.judgement.verdict for found in answer.objects} == {Verdict.KNOWN}
    expected = {"p-red": (8, 10, 24, 24), "p-green": (48, 40, 24, 30), "p-blue": (90, 12, 20, 50)}
    for product, box in boxes(answer).items():
        assert (box.x, box.y, box.width, box.height) == pytest.approx(expected[product], abs=1.0)


async def test_all_crops_go_in_one_request_and_all_vectors_in_one_search() -> None:
    world = await stocked()
    await world.recognizer.recognize(THREE, soon(), store="north")
    assert world.segmenter.step.calls == 1
    assert world.embedder.batches == [(3, 32, 32, 3)]
    assert world.gallery.searches == [((3, 3), "north", INITIAL_ROWS)]


async def test_a_photo_without_objects_asks_neither_embedder_nor_gallery() -> None:
    world = await stocked()
    answer = await world.recognizer.recognize(EMPTY, soon())
    assert answer.objects == () and (answer.width, answer.height) == (120, 80)
    assert [world.steps[name].calls for name in STEPS] == [1, 0, 0]
    assert answer.timings_ms["total"] > 0 and answer.versions.gallery == world.gallery.version


async def test_an_empty_gallery_gives_unknown_objects_not_an_error() -> None:
    answer = await World().recognizer.recognize(THREE, soon())
    assert [found.judgement.verdict for found in answer.objects] == [Verdict.UNKNOWN] * 3
    assert all(found.judgement.candidates == () for found in answer.objects)


async def test_an_object_the_segmenter_doubts_is_unknown_where_the_calibration_heeds_it() -> None:
    world = await stocked()
    world.gallery.calibration = Calibration(segmentation_weight=5.0)
    sure = (await world.recognizer.recognize(THREE, soon())).objects
    dim = world.segmenter.segment

    async def doubting(image: Pixels, deadline: Deadline) -> Pixels:
        maps = await dim(image, deadline)
        maps[0][maps[0] > 0] = 150
        return maps

    world.segmenter.segment = doubting  # type: ignore[method-assign]
    doubted = (await world.recognizer.recognize(THREE, soon())).objects

    assert {one.judgement.verdict for one in sure} == {Verdict.KNOWN}
    assert {one.judgement.verdict for one in doubted} == {Verdict.UNKNOWN}


async def test_a_rounded_box_at_the_border_is_cut_to_the_photo() -> None:
    regions = [Box(-0.4, 0, 30, 30.5), Box(90.5, 50, 30, 31)]
    answer = await World().recognizer.recognize(THREE, soon(), regions=regions)
    assert [found.instance.box for found in answer.objects] == [Box(0, 0, 29.6, 30.5), Box(90.5, 50, 29.5, 30)]


async def test_regions_are_recognised_as_they_are_without_the_segmenter() -> None:
    world = await stocked()
    regions = [Box(90, 12, 20, 50), Box(8, 10, 24, 24)]
    answer = await world.recognizer.recognize(THREE, soon(), regions=regions)
    assert [found.instance.box for found in answer.objects] == regions
    assert [found.judgement.candidates[0].product_id for found in answer.objects] == ["p-blue", "p-red"]
    assert world.segmenter.step.calls == 0 and "segment" not in answer.timings_ms


@pytest.mark.parametrize(
    "region",
    [
        Box(-1.5, 0, 10, 10),
        Box(0, -2, 10, 10),
        Box(115, 0, 10, 10),
        Box(0, 75, 10, 10),
        Box(10, 10, 0, 10),
        Box(10, 10, 10, -3),
        Box(float("nan"), 0, 10, 10),
        Box(0, 0, float("inf"), 10),
    ],
)
async def test_a_region_that_is_empty_or_leaves_the_photo_is_named(region: Box) -> None:
    world = World()
    with pytest.raises(InvalidInput, match=r"region 1 .*120 x 80"):
        await world.recognizer.recognize(THREE, soon(), regions=[Box(0, 0, 120, 80), region])
    assert world.embedder.step.calls == 0


async def test_a_bad_photo_asks_nobody() -> None:
    world = World()
    with pytest.raises(InvalidPhoto):
        await world.recognizer.recognize(THREE[:200], soon())
    assert [world.steps[name].calls for name in STEPS] == [0, 0, 0]


async def test_a_deadline_already_passed_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognizer_module, "decode_photo", lambda *_: pytest.fail("decoding was begun"))
    world = World()
    with pytest.raises(DeadlineExceeded):
        await world.recognizer.recognize(THREE, Deadline.after(-1))
    assert [world.steps[name].calls for name in STEPS] == [0, 0, 0]


class PassingDeadline(Deadline):
    """A deadline that passes when told to."""

    def __init__(self) -> None:
        super().__init__(time.monotonic() + 30)
        object.__setattr__(self, "_passed", threading.Event())  # deadlines are frozen

    def remaining(self) -> float:
        return -1.0 if self._passed.is_set() else super().remaining()

    def let_pass(self, *_: object) -> None:
        self._passed.set()


@pytest.mark.parametrize("late", ["segment", "embed"])
async def test_an_answer_that_comes_too_late_starts_no_later_step(late: str) -> None:
    world = await stocked()
    deadline = PassingDeadline()
    world.steps[late].on_take = deadline.let_pass
    with pytest.raises(DeadlineExceeded):
        await world.recognizer.recognize(THREE, deadline)
    assert [world.steps[name].calls for name in STEPS] == [1, int(late == "embed"), 0]


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
    world = await stocked()
    deadline = PassingDeadline()
    work = getattr(module, function)

    def slow(*args: object) -> object:
        deadline.let_pass()
        return work(*args)

    monkeypatch.setattr(module, function, slow)
    with pytest.raises(DeadlineExceeded):
        await world.recognizer.recognize(THREE, deadline)
    assert [world.steps[name].calls for name in STEPS] == [asked, 0, 0]


async def test_the_deadline_does_not_wait_for_a_thread_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(recognizer_module, "decode_photo", lambda *_: let_go.wait(30))
    try:
        with pytest.raises(DeadlineExceeded, match="deadline passed"):
            await World().recognizer.recognize(THREE, Deadline.after(0.05))
        assert not let_go.is_set()
    finally:
        let_go.set()


@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
async def test_a_caller_that_goes_away_stops_what_would_follow(at: int) -> None:
    world = await stocked()
    step = world.steps[STEPS[at]]
    step.hold = asyncio.Event()
    call = asyncio.create_task(world.recognizer.recognize(THREE, soon()))
    await step.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [world.steps[name].calls for name in STEPS] == [1] * (at + 1) + [0] * (len(STEPS) - at - 1)
    assert step.finished == 0


@pytest.mark.parametrize("away", range(len(STEPS)), ids=STEPS)
async def test_an_unavailable_server_is_passed_on_and_ends_the_call(away: int) -> None:
    world = await stocked()
    world.steps[STEPS[away]].error = Unavailable("Triton", "connection refused")
    with pytest.raises(Unavailable, match="connection refused"):
        await world.recognizer.recognize(THREE, soon())
    assert [world.steps[name].calls for name in STEPS] == [1] * (away + 1) + [0] * (len(STEPS) - away - 1)


async def test_an_answer_carries_the_time_of_every_step_and_all_versions() -> None:
    world = await stocked()
    answer = await world.recognizer.recognize(THREE, soon())
    steps = {"decode", "segment", "separate", "crop", "embed", "search", "judge"}
    assert set(answer.timings_ms) == steps | {"total"}
    assert all(spent >= 0 for spent in answer.timings_ms.values())
    assert sum(answer.timings_ms[step] for step in steps) <= answer.timings_ms["total"]
    versions = answer.versions
    assert (versions.segmenter, versions.embedder) == (world.segmenter.version, world.embedder.version)
    assert versions.gallery == world.gallery.version


@pytest.mark.parametrize(("asked", "searched", "named"), [(None, 16, 2), (1, 16, 1), (3, 16, 3), (50, 50, 3)])
async def test_as_many_candidates_as_asked_for_but_a_cohort_is_always_compared(
    asked: int | None, searched: int, named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await stocked(candidates=2)
    counts = []
    search = recognizer_module.nearest_products

    async def counted(*arguments: Any) -> list[list[Match]]:
        counts.append(arguments[3])
        return await search(*arguments)

    monkeypatch.setattr(recognizer_module, "nearest_products", counted)
    answer = await world.recognizer.recognize(THREE, soon(), candidates=asked)
    assert counts == [searched]
    assert {len(found.judgement.candidates) for found in answer.objects} == {named}
    one = (await world.recognizer.recognize(THREE, soon(), candidates=1)).objects[0].judgement
    assert one.probability == answer.objects[0].judgement.probability


async def test_the_event_loop_stays_free_while_pixels_are_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    loop, seen = asyncio.get_running_loop(), asyncio.Event()
    decode = recognizer_module.decode_photo

    def decode_once_the_loop_has_run(*args: object) -> object:
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(seen.wait(), 10), loop).result(10)
        return decode(*args)

    monkeypatch.setattr(recognizer_module, "decode_photo", decode_once_the_loop_has_run)
    loop.call_soon(seen.set)
    assert (await world.recognizer.recognize(EMPTY, soon())).objects == ()
