"""A service with two embedders, and how tests rebuild its gallery."""

from __future__ import annotations

from support.fakes import FakeEmbedder, FakeGallery, FakeService
from support.pictures import BLUE, GREEN, RED, counter, encode
from tillsight.domain.deadline import Deadline
from tillsight.domain.products import Reference
from tillsight.gallery.versions import GalleryState, RebuildProgress

LITE = "11731173"
PHOTO = encode(counter(((20, 20, 40, 40), RED), ((90, 20, 40, 40), BLUE)))
GREEN_TEA = Reference("p-green", "Green tea", encode(counter(((40, 20, 40, 40), GREEN))))


def service_with_two_embedders(rotations: int = 2) -> FakeService:
    made = FakeService(rotations=rotations)
    made.live.embedders["lite"] = FakeEmbedder("lite", LITE, crop_size=16, channel_shift=1)
    return made


async def rebuild(
    service: FakeService, model: str = "lite", rotations: int = 0, allow_missing: bool = False
) -> list[RebuildProgress]:
    steps = service.rebuilder.rebuild(model, rotations, allow_missing, Deadline.after(30))
    return [progress async for progress in steps]


def live(service: FakeService) -> FakeGallery:
    return service.versions.galleries[service.versions.alias]


async def states(service: FakeService) -> dict[str, GalleryState]:
    return {one.name: one.state for one in await service.rebuilder.versions(Deadline.after(30))}
