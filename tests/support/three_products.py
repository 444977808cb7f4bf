"""A service that knows a red, a green and a blue product, and a photo of the three."""

from __future__ import annotations

from collections.abc import AsyncIterator

from support.fakes import FakeService
from support.pictures import BLUE, GREEN, RED, counter, encode
from tillsight.domain.deadline import Deadline
from tillsight.domain.products import Reference

THREE = encode(counter(((8, 10, 24, 24), RED), ((48, 40, 24, 30), GREEN), ((90, 12, 20, 50), BLUE)))
CALLS = ["segment", "embed", "search"]
"""The calls that recognise a photo, in order; see `FakeService.steps`."""


def soon() -> Deadline:
    return Deadline.after(30)


async def service_with_three_products(**options: int) -> FakeService:
    """The service, with all counters at zero."""
    service = FakeService(**options)

    async def references() -> AsyncIterator[Reference]:
        for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE)):
            yield Reference(f"p-{name}", name, encode(counter(((40, 20, 40, 40), colour))), attributes={"of": name})

    assert (await service.catalogue.enrol(references(), soon())).enrolled == 3
    rows = dict(service.gallery.rows)
    service.reset()
    service.gallery.rows.update(rows)
    return service
