"""Photos kept in a folder."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tillsight.adapters.photo_store import FolderPhotoStore
from tillsight.domain.geometry import Box
from tillsight.domain.products import Reference

TEA = Reference("p/1 茶", "Tea", b"\xff\xd8photo", "north", {"grams": 250}, Box(1, 2, 3, 4))
IDENTITY = "ab12" * 8


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def test_a_photo_is_kept_as_it_was_sent_with_its_metadata(tmp_path: Path) -> None:
    await FolderPhotoStore(tmp_path / "new" / "folder").keep(IDENTITY, TEA)
    files = contents(tmp_path / "new" / "folder")
    assert set(files) == {f"ab/{IDENTITY}.photo", f"ab/{IDENTITY}.json"}
    assert files[f"ab/{IDENTITY}.photo"] == TEA.photo
    assert json.loads(files[f"ab/{IDENTITY}.json"]) == {
        "product_id": "p/1 茶",
        "name": "Tea",
        "store": "north",
        "attributes": {"grams": 250},
        "region": [1, 2, 3, 4],
        "outline": None,
    }


async def test_a_kept_photo_is_found_with_its_outline_and_other_ids_are_not(tmp_path: Path) -> None:
    references = FolderPhotoStore(tmp_path)
    outlined = replace(TEA, outline=((1.0, 2.0), (3.0, 2.5), (3.0, 4.0)))
    await references.keep(IDENTITY, outlined)
    assert await references.find(IDENTITY) == outlined
    await references.keep(IDENTITY, replace(TEA, attributes={"grams": 500}))
    assert await references.find(IDENTITY) == replace(outlined, attributes={"grams": 500})
    for other in ("cd34" * 8, "../" + IDENTITY, "by hand"):
        assert await references.find(other) is None


async def test_keeping_again_changes_nothing(tmp_path: Path) -> None:
    references = FolderPhotoStore(tmp_path)
    await references.keep(IDENTITY, TEA)
    before = contents(tmp_path)
    await references.keep(IDENTITY, TEA)
    assert contents(tmp_path) == before


async def test_without_a_region_none_is_kept(tmp_path: Path) -> None:
    await FolderPhotoStore(tmp_path).keep(IDENTITY, replace(TEA, region=None))
    assert json.loads(contents(tmp_path)[f"ab/{IDENTITY}.json"])["region"] is None


async def test_concurrent_calls_that_keep_the_same_photo_do_not_interfere(tmp_path: Path) -> None:
    references = FolderPhotoStore(tmp_path)
    large = replace(TEA, photo=bytes(2_000_000))
    await asyncio.gather(*(references.keep(IDENTITY, large) for _ in range(24)))
    files = contents(tmp_path)
    assert set(files) == {f"ab/{IDENTITY}.photo", f"ab/{IDENTITY}.json"}
    assert files[f"ab/{IDENTITY}.photo"] == large.photo


async def test_a_write_that_fails_leaves_no_photo_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        await FolderPhotoStore(tmp_path).keep(IDENTITY, TEA)
    assert contents(tmp_path) == {}


async def test_a_forgotten_photo_is_deleted_and_the_others_stay(tmp_path: Path) -> None:
    references, other = FolderPhotoStore(tmp_path), "ab34" * 8
    await references.keep(IDENTITY, TEA)
    await references.keep(other, TEA)
    await references.forget([IDENTITY, "ff00" * 8])
    assert set(contents(tmp_path)) == {f"ab/{other}.photo", f"ab/{other}.json"}
    await references.forget([IDENTITY])


@pytest.mark.parametrize("identity", ["../outside", "", "ab", "/etc/passwd", f"{IDENTITY}\n", "AB12" * 8])
async def test_the_key_of_a_row_made_by_hand_deletes_no_file_outside_the_folder(tmp_path: Path, identity: str) -> None:
    kept = FolderPhotoStore(tmp_path / "references")
    await kept.keep(IDENTITY, TEA)
    (tmp_path / "outside.photo").write_bytes(b"")
    before = contents(tmp_path)
    await kept.forget([identity])
    assert contents(tmp_path) == before
