"""The path of a photo: which calls are made, how often, and what stops them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from support.fakes import FakeService
from support.pictures import counter, encode
from support.three_products import CALLS, THREE, service_with_three_products, soon
from tillsight.domain.arrays import Pixels
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidPhoto, Unavailable
from tillsight.domain.geometry import Box
from tillsight.domain.recognition_results import Match, Recognition, Verdict
from tillsight.recognition import recognizer as recognizer_module
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.product_ranking import INITIAL_ROWS

EMPTY = encode(counter())


def boxes(answer: Recognition) -> dict[str, Box]:
    return {found.judgement.candidates[0].product_id: found.instance.box for found in answer.objects}


async def test_each_object_gets_its_label_and_its_box() -> None:
    service = await service_with_three_products()
    answer = await service.recognizer.recognize(THREE, soon())
    assert (answer.width, answer.height) == (120, 80)
    assert {found.judgement.verdict for found in answer.objects} == {Verdict.KNOWN}
    expected = {"p-red": (8, 10, 24, 24), "p-green": (48, 40, 24, 30), "p-blue": (90, 12, 20, 50)}
    for product, box in boxes(answer).items():
        assert (box.x, box.y, box.width, box.height) == pytest.approx(expected[product], abs=1.0)


async def test_all_crops_go_in_one_request_and_all_vectors_in_one_search() -> None:
    service = await service_with_three_products()
    await service.recognizer.recognize(THREE, soon(), store="north")
    assert service.segmenter.step.calls == 1
    assert service.embedder.batches == [(3, 32, 32, 3)]
    assert service.gallery.searches == [((3, 3), "north", INITIAL_ROWS)]


async def test_a_photo_without_objects_calls_neither_embedder_nor_gallery() -> None:
    service = await service_with_three_products()
    answer = await service.recognizer.recognize(EMPTY, soon())
    assert answer.objects == () and (answer.width, answer.height) == (120, 80)
    assert [service.steps[name].calls for name in CALLS] == [1, 0, 0]
    assert answer.timings_ms["total"] > 0 and answer.versions.gallery == service.gallery.version


async def test_an_empty_gallery_gives_unknown_objects_not_an_error() -> None:
    answer = await FakeService().recognizer.recognize(THREE, soon())
    assert [found.judgement.verdict for found in answer.objects] == [Verdict.UNKNOWN] * 3
    assert all(found.judgement.candidates == () for found in answer.objects)


async def test_a_low_segmentation_score_makes_an_object_unknown_if_the_calibration_weighs_it() -> None:
    service = await service_with_three_products()
    service.gallery.calibration = Calibration(segmentation_weight=5.0)
    certain = (await service.recognizer.recognize(THREE, soon())).objects
    segment = service.segmenter.segment

    async def with_low_scores(image: Pixels, deadline: Deadline) -> Pixels:
        maps = await segment(image, deadline)
        maps[0][maps[0] > 0] = 150
        return maps

    service.segmenter.segment = with_low_scores  # type: ignore[method-assign]
    uncertain = (await service.recognizer.recognize(THREE, soon())).objects

    assert {one.judgement.verdict for one in certain} == {Verdict.KNOWN}
    assert {one.judgement.verdict for one in uncertain} == {Verdict.UNKNOWN}


async def test_an_invalid_photo_makes_no_call() -> None:
    service = FakeService()
    with pytest.raises(InvalidPhoto):
        await service.recognizer.recognize(THREE[:200], soon())
    assert [service.steps[name].calls for name in CALLS] == [0, 0, 0]


@pytest.mark.parametrize("failing", range(len(CALLS)), ids=CALLS)
async def test_an_unavailable_server_is_passed_on_and_ends_the_call(failing: int) -> None:
    service = await service_with_three_products()
    service.steps[CALLS[failing]].error = Unavailable("Triton", "connection refused")
    with pytest.raises(Unavailable, match="connection refused"):
        await service.recognizer.recognize(THREE, soon())
    assert [service.steps[name].calls for name in CALLS] == [1] * (failing + 1) + [0] * (len(CALLS) - failing - 1)


async def test_an_answer_carries_the_time_of_every_step_and_all_versions() -> None:
    service = await service_with_three_products()
    answer = await service.recognizer.recognize(THREE, soon())
    steps = {"decode", "segment", "separate", "crop", "embed", "search", "judge"}
    assert set(answer.timings_ms) == steps | {"total"}
    assert all(spent >= 0 for spent in answer.timings_ms.values())
    assert sum(answer.timings_ms[step] for step in steps) <= answer.timings_ms["total"]
    versions = answer.versions
    assert (versions.segmenter, versions.embedder) == (service.segmenter.version, service.embedder.version)
    assert versions.gallery == service.gallery.version


@pytest.mark.parametrize(("asked", "searched", "named"), [(None, 16, 2), (1, 16, 1), (3, 16, 3), (50, 50, 3)])
async def test_the_number_of_candidates_is_the_callers_and_the_cohort_is_always_compared(
    asked: int | None, searched: int, named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await service_with_three_products(candidates=2)
    counts = []
    search = recognizer_module.nearest_products

    async def counted(*arguments: Any) -> list[list[Match]]:
        counts.append(arguments[3])
        return await search(*arguments)

    monkeypatch.setattr(recognizer_module, "nearest_products", counted)
    answer = await service.recognizer.recognize(THREE, soon(), candidates=asked)
    assert counts == [searched]
    assert {len(found.judgement.candidates) for found in answer.objects} == {named}
    one = (await service.recognizer.recognize(THREE, soon(), candidates=1)).objects[0].judgement
    assert one.probability == answer.objects[0].judgement.probability


async def test_the_event_loop_stays_free_while_pixels_are_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()
    loop, seen = asyncio.get_running_loop(), asyncio.Event()
    decode = recognizer_module.decode_photo

    def decode_once_the_loop_has_run(*args: object) -> object:
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(seen.wait(), 10), loop).result(10)
        return decode(*args)

    monkeypatch.setattr(recognizer_module, "decode_photo", decode_once_the_loop_has_run)
    loop.call_soon(seen.set)
    assert (await service.recognizer.recognize(EMPTY, soon())).objects == ()


@pytest.mark.parametrize("at", range(len(CALLS)), ids=CALLS)
async def test_a_cancelled_call_makes_no_further_calls(at: int) -> None:
    service = await service_with_three_products()
    step = service.steps[CALLS[at]]
    step.hold = asyncio.Event()
    call = asyncio.create_task(service.recognizer.recognize(THREE, soon()))
    await step.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [service.steps[name].calls for name in CALLS] == [1] * (at + 1) + [0] * (len(CALLS) - at - 1)
    assert step.finished == 0
