"""Groups of references overlap in time, in order and within limits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeService, Step
from support.pictures import RED, counter, encode
from support.references import MILK, TEA, enrol, numbered
from tillsight.catalogue.enrolment import CONCURRENT_GROUPS, GROUP_SIZE
from tillsight.catalogue.reference_embedding import CONCURRENT_PHOTOS
from tillsight.domain.identifiers import compute_photo_id, row_id


async def until_called(step: Step, calls: int) -> None:
    """Wait until a step has been called `calls` times."""
    enough = asyncio.Event()
    step.on_take = lambda: enough.set() if step.calls >= calls else None
    await enough.wait()


async def test_references_are_embedded_in_groups() -> None:
    service = FakeService(rotations=1)
    assert (await enrol(service, *numbered(2 * GROUP_SIZE + 3))).enrolled == 2 * GROUP_SIZE + 3
    assert [batch[0] for batch in service.embedder.batches] == [GROUP_SIZE, GROUP_SIZE, 3]


async def test_groups_overlap_so_that_the_embedder_does_not_wait_for_decoding_and_writing() -> None:
    service = FakeService(rotations=1)
    service.gallery.writing.hold = asyncio.Event()
    call = asyncio.create_task(enrol(service, *numbered(3 * GROUP_SIZE + 1)))
    await until_called(service.embedder.step, CONCURRENT_GROUPS)  # before the first group is written
    assert service.gallery.writing.finished == 0 and len(service.embedder.batches) == CONCURRENT_GROUPS
    service.gallery.writing.hold.set()
    assert (await call).enrolled == 3 * GROUP_SIZE + 1


async def test_references_are_accepted_in_the_order_in_which_they_were_sent() -> None:
    service = FakeService(rotations=1)
    first, last = replace(TEA, name="First"), replace(TEA, photo=MILK.photo, name="Last")
    plain = np.dstack([counter(((40, 20, 40, 40), RED)), np.full((80, 120), 0, np.uint8)])
    plain[20:60, 40:80, 3] = 255  # it has a mask, so it does not wait for the segmenter and overtakes the others
    quick = replace(last, photo=encode(plain))
    service.segmenter.step.hold = asyncio.Event()
    call = asyncio.create_task(enrol(service, first, *numbered(GROUP_SIZE - 1), quick))
    await until_called(service.segmenter.step, CONCURRENT_PHOTOS)
    service.segmenter.step.hold.set()
    (refusal,) = (await call).refused
    assert refusal.index == GROUP_SIZE and "'First'" in refusal.reason


@pytest.mark.parametrize("attributes", [{}, {"vat": 19}], ids=["unchanged", "updated"])
async def test_a_photo_that_is_sent_again_while_it_is_enrolled_is_embedded_once(attributes: dict) -> None:
    service = FakeService(rotations=1)
    again = replace(numbered(1)[0], attributes=attributes)
    enrolment = await enrol(service, *numbered(GROUP_SIZE), again)
    assert (enrolment.enrolled, enrolment.unchanged + enrolment.updated) == (GROUP_SIZE, 1)
    assert [batch[0] for batch in service.embedder.batches] == [GROUP_SIZE]
    assert service.gallery.rows[row_id(compute_photo_id(again), 0)].attributes == attributes
