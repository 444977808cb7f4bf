"""References to enrol, and how tests enrol them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeService
from support.pictures import BLUE, RED, counter, encode
from tillsight.domain.arrays import Pixels
from tillsight.domain.deadline import Deadline
from tillsight.domain.products import Enrolment, Reference

TEA = Reference("p-tea", "Tea", encode(counter(((40, 20, 40, 40), RED))))
MILK = Reference("p-milk", "Milk", encode(counter(((30, 20, 40, 40), BLUE))))


async def enrol(service: FakeService, *references: Reference, deadline_s: float = 30) -> Enrolment:
    async def stream() -> AsyncIterator[Reference]:
        for reference in references:
            yield reference

    return await service.catalogue.enrol(stream(), Deadline.after(deadline_s))


def numbered(count: int) -> list[Reference]:
    return [replace(TEA, product_id=f"p{number:03}", name=f"Tea {number}") for number in range(count)]


def record_crops(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> list[Pixels]:
    """The batches of crops that the embedder receives from now on."""
    given: list[Pixels] = []
    embed = service.embedder.embed

    async def watched(crops: Pixels, deadline: Deadline) -> np.ndarray:
        given.append(crops)
        return await embed(crops, deadline)

    monkeypatch.setattr(service.embedder, "embed", watched)
    return given
