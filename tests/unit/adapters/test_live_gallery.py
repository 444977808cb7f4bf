"""The live gallery follows the alias and opens each version with the embedder that made its vectors."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from support.fakes import FakeEmbedder, FakeGallery
from tillsight.adapters import live_gallery as live_gallery_module
from tillsight.adapters.live_gallery import MilvusLiveGallery
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, FingerprintMismatch, Unavailable
from tillsight.gallery.versions import GalleryState, GalleryVersion

VGG, LITE = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"


def soon() -> Deadline:
    return Deadline.after(30)


@dataclass
class Triton:
    """The embedders on a fake Triton: fingerprint by model name."""

    models: dict[str, str]


class Embedder(FakeEmbedder):
    """An embedder that reads its fingerprint from the fake Triton, as `TritonEmbedder` does from a real one."""

    def __init__(self, triton: Triton, name: str) -> None:
        super().__init__(name)
        self._triton, self._name = triton, name

    async def connect(self, deadline: Deadline) -> None:
        if self._name not in self._triton.models:
            raise Unavailable("Triton", f"it has no model {self._name!r}")
        self.fingerprint = self._triton.models[self._name]

    async def ready(self, deadline: Deadline) -> bool:
        return self._name in self._triton.models


@dataclass
class Versions:
    """Gallery versions by name, and the alias; the next `fenced` answers report a write fence."""

    alias: str | None = None
    versions: dict[str, GalleryVersion] = field(default_factory=dict)
    fenced: int = 0
    opened: list[str] = field(default_factory=list)

    def add(self, fingerprint: str, embedder: str, rotations: int = 4) -> str:
        name = f"gallery_{fingerprint}_{len(self.versions) + 1}"
        self.versions[name] = GalleryVersion(name, fingerprint, embedder, rotations, GalleryState.KEPT)
        return name

    async def live(self, deadline: Deadline) -> str | None:
        return self.alias

    async def live_and_write_fence(self, deadline: Deadline) -> tuple[str | None, bool]:
        self.fenced -= 1
        return self.alias, self.fenced >= 0

    async def version(self, name: str, deadline: Deadline) -> GalleryVersion:
        return self.versions[name]

    async def open(self, name: str, deadline: Deadline) -> FakeGallery:
        self.opened.append(name)
        return FakeGallery(name)

    async def create_first(self, model: str, embedder: Embedder, rotations: int, deadline: Deadline) -> FakeGallery:
        self.alias = self.add(embedder.fingerprint, model, rotations)
        return await self.open(self.alias, deadline)


@pytest.fixture
def triton(monkeypatch: pytest.MonkeyPatch) -> Triton:
    monkeypatch.setattr(live_gallery_module, "TritonEmbedder", Embedder)
    monkeypatch.setattr(live_gallery_module, "WRITE_FENCE_POLL_S", 0.0)
    return Triton({"vgg": VGG, "lite": LITE})


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def live(triton: Triton, versions: Versions) -> MilvusLiveGallery:
    return MilvusLiveGallery(triton, versions, "vgg", 4)  # type: ignore[arg-type]


async def test_before_a_gallery_is_opened_it_is_unavailable(live: MilvusLiveGallery) -> None:
    with pytest.raises(Unavailable, match="not been opened"):
        live.current()


async def test_without_any_version_the_first_one_is_created_for_the_configured_embedder(
    live: MilvusLiveGallery, versions: Versions
) -> None:
    await live.follow(soon())
    opened = live.current()
    assert (opened.gallery.version, opened.embedder.fingerprint, opened.rotations) == (f"gallery_{VGG}_1", VGG, 4)
    assert versions.alias == f"gallery_{VGG}_1"


async def test_a_version_is_opened_with_its_own_embedder_and_rotations(
    live: MilvusLiveGallery, versions: Versions
) -> None:
    versions.alias = versions.add(LITE, "lite", rotations=2)
    await live.follow(soon())
    assert (live.current().embedder.fingerprint, live.current().rotations) == (LITE, 2)


async def test_a_version_that_is_open_is_opened_again_only_on_request(
    live: MilvusLiveGallery, versions: Versions
) -> None:
    versions.alias = versions.add(VGG, "vgg")
    await live.follow(soon())
    await live.follow(soon())
    assert len(versions.opened) == 1
    await live.follow(soon(), reopen=True)
    assert len(versions.opened) == 2


async def test_an_embedder_that_got_the_configured_name_is_found_by_its_fingerprint(
    live: MilvusLiveGallery, versions: Versions
) -> None:
    versions.alias = versions.add(VGG, "old-name")
    await live.follow(soon())
    assert live.current().embedder.fingerprint == VGG


async def test_a_gallery_whose_embedder_triton_no_longer_serves_is_refused_with_both_fingerprints(
    live: MilvusLiveGallery, versions: Versions, triton: Triton
) -> None:
    versions.alias = versions.add("cccccccccccccccc", "vgg")
    with pytest.raises(FingerprintMismatch, match=f"cccccccccccccccc.*{VGG}"):
        await live.follow(soon())
    with pytest.raises(FingerprintMismatch):
        live.current()
    triton.models["vgg"] = "cccccccccccccccc"
    await live.follow(soon())
    assert live.current().gallery.version == versions.alias


async def test_a_missing_model_is_unavailable_and_the_open_gallery_stays(
    live: MilvusLiveGallery, versions: Versions, triton: Triton
) -> None:
    versions.alias = versions.add(VGG, "vgg")
    await live.follow(soon())
    first, versions.alias = versions.alias, versions.add(LITE, "lite")
    triton.models.clear()
    with pytest.raises(Unavailable, match="has no model"):
        await live.follow(soon())
    assert live.current().gallery.version == first


async def test_a_writer_follows_the_alias_and_waits_while_the_write_fence_is_up(
    live: MilvusLiveGallery, versions: Versions
) -> None:
    versions.alias = versions.add(VGG, "vgg")
    await live.follow(soon())
    versions.alias, versions.fenced = versions.add(LITE, "lite"), 3
    opened = await live.for_writing(soon())
    assert opened.gallery.version == versions.alias and versions.fenced == -1


async def test_a_writer_waits_for_the_write_fence_until_its_deadline(
    live: MilvusLiveGallery, versions: Versions
) -> None:
    versions.alias, versions.fenced = versions.add(VGG, "vgg"), 10**9
    with pytest.raises(DeadlineExceeded, match="swapped in"):
        await live.for_writing(Deadline.after(0.02))


async def test_it_is_ready_if_triton_serves_the_embedder_in_use(
    live: MilvusLiveGallery, versions: Versions, triton: Triton
) -> None:
    versions.alias = versions.add(LITE, "lite")
    await live.follow(soon())
    await live.ready(soon())
    del triton.models["lite"]
    with pytest.raises(Unavailable, match="'lite' is not ready"):
        await live.ready(soon())
