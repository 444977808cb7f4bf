"""Gallery versions in a real Milvus, for tests without Triton."""

from __future__ import annotations

from dataclasses import dataclass

from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.gallery import MilvusGallery
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.domain.deadline import Deadline


@dataclass(frozen=True)
class EmbedderProperties:
    """What a gallery version needs to know of its embedder."""

    fingerprint: str = "0123456789abcdef"
    dimension: int = 8


def soon() -> Deadline:
    return Deadline.after(60)


async def versions_of(calls: MilvusCalls, alias: str) -> MilvusVersions:
    """The gallery versions behind an alias."""
    versions = MilvusVersions(calls, alias, "vgg", 8)
    await versions.ping(soon())
    return versions


async def open_live_gallery(calls: MilvusCalls, alias: str, dimension: int = 8) -> MilvusGallery:
    """The live gallery behind an alias; the first version is created if there is none."""
    versions = await versions_of(calls, alias)
    if (live := await versions.live(soon())) is not None:
        return await versions.open(live, soon())
    embedder = EmbedderProperties(dimension=dimension)
    return await versions.create_first("vgg", embedder, 8, soon())  # type: ignore[arg-type]
