"""Gallery versions behind an alias, in each kind of Milvus."""

from __future__ import annotations

import numpy as np
import pytest

from support.milvus_galleries import EmbedderProperties, soon, versions_of
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.domain.products import GalleryRow
from tillsight.gallery.versions import GalleryState
from tillsight.recognition.calibration import Calibration

FIRST, OTHER = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"
CALIBRATION = Calibration(known_from=0.875)


def embedder(fingerprint: str) -> EmbedderProperties:
    return EmbedderProperties(fingerprint, 8)


async def test_the_first_version_is_live_and_later_ones_are_built_beside_it(milvus_calls: MilvusCalls) -> None:
    versions = await versions_of(milvus_calls, "versions")
    assert await versions.live(soon()) is None
    gallery = await versions.create_first("vgg", embedder(FIRST), 8, soon())
    await gallery.upsert([GalleryRow("r-000", "p", "Tea", "", 0, {}, np.eye(8, dtype=np.float32)[0])], soon())
    assert await versions.live(soon()) == gallery.version == f"versions_{FIRST}_1"

    names = [
        (await versions.create(model, embedder(fingerprint), rotations, soon())).version
        for model, fingerprint, rotations in (("vgg", FIRST, 4), ("lite", OTHER, 2))
    ]
    assert names == [f"versions_{FIRST}_2", f"versions_{OTHER}_1"]
    found = [(one.name, one.embedder, one.rotations, one.state, one.rows) for one in await versions.versions(soon())]
    assert found == [
        (f"versions_{FIRST}_1", "vgg", 8, GalleryState.LIVE, 1),
        (f"versions_{FIRST}_2", "vgg", 4, GalleryState.BUILDING, 0),
        (f"versions_{OTHER}_1", "lite", 2, GalleryState.BUILDING, 0),
    ]


@pytest.mark.parametrize(("fingerprint", "inherits"), [(FIRST, True), (OTHER, False)])
async def test_a_switch_moves_the_alias_and_the_calibration_only_for_the_same_embedder(
    milvus_calls: MilvusCalls, fingerprint: str, inherits: bool
) -> None:
    versions = await versions_of(milvus_calls, f"switch{fingerprint[0]}")
    old = await versions.create_first("vgg", embedder(FIRST), 8, soon())
    await old.set_calibration(CALIBRATION, soon())
    new = await versions.create("new", embedder(fingerprint), 4, soon())
    await versions.switch(old.version, new.version, soon())
    assert await versions.live(soon()) == new.version
    replaced, live = await versions.version(old.version, soon()), await versions.version(new.version, soon())
    assert (replaced.state, live.state) == (GalleryState.KEPT, GalleryState.LIVE)
    assert replaced.replaced_at > 0 and live.replaced_at == 0
    assert (replaced.embedder, replaced.rotations) == ("vgg", 8)
    assert (await versions.open(new.version, soon())).calibration == (CALIBRATION if inherits else None)

    await versions.drop(old.version, soon())
    assert [one.name for one in await versions.versions(soon())] == [new.version]


async def test_a_write_fence_is_up_until_it_is_lifted_or_expires(milvus_calls: MilvusCalls) -> None:
    versions = await versions_of(milvus_calls, "fenced")
    name = (await versions.create_first("vgg", embedder(FIRST), 8, soon())).version
    assert await versions.live_and_write_fence(soon()) == (name, False)
    await versions.raise_write_fence(name, 60, soon())
    assert await versions.live_and_write_fence(soon()) == (name, True)
    await versions.lift_write_fence(name, soon())
    assert await versions.live_and_write_fence(soon()) == (name, False)
    await versions.raise_write_fence(name, -1, soon())
    assert await versions.live_and_write_fence(soon()) == (name, False)
