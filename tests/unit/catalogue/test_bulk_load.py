"""Rows of one gallery written to another without embedding."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from support.fakes import FakeEmbedder, FakeGallery
from tillsight.catalogue import bulk_load
from tillsight.catalogue.bulk_load import BulkLoader, GalleryOrigin
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import FingerprintMismatch, InvalidInput, Unavailable
from tillsight.domain.products import GalleryRow
from tillsight.recognition.calibration import Calibration

ORIGIN = GalleryOrigin("gallery_x_1", FakeEmbedder.fingerprint)
ROW = GalleryRow("r-000", "p", "Tea", "", 0, {}, np.array([0.6, 0.8, 0.0], np.float32))


def rows(count: int) -> list[GalleryRow]:
    return [replace(ROW, reference_id=f"r{number}-000") for number in range(count)]


async def load(gallery: FakeGallery, *pages: list[GalleryRow], origin: GalleryOrigin = ORIGIN) -> int:
    async def stream() -> AsyncIterator[list[GalleryRow]]:
        for page in pages:
            yield page

    return await BulkLoader(FakeEmbedder(), gallery).load(origin, stream(), Deadline.after(30))


async def test_pages_are_written_in_parts_and_their_rows_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_load, "ROWS_PER_WRITE", 3)
    gallery = FakeGallery()
    assert await load(gallery, rows(7), [], rows(8)[7:]) == 8
    assert list(gallery.rows.values()) == rows(8)
    assert gallery.writing.calls == 4


async def test_rows_of_another_embedder_are_refused_before_a_page_is_read() -> None:
    gallery = FakeGallery()
    with pytest.raises(FingerprintMismatch, match="gallery_x_1.* aa.*" + FakeEmbedder.fingerprint):
        await load(gallery, rows(1), origin=replace(ORIGIN, embedder_fingerprint="aa"))
    assert (gallery.writing.calls, gallery.step.calls) == (0, 0)


async def test_only_an_empty_gallery_takes_the_calibration_of_the_origin() -> None:
    own, theirs = Calibration(known_from=0.875), Calibration(known_from=0.625)
    gallery = FakeGallery()
    await load(gallery, rows(1), origin=replace(ORIGIN, calibration=own))
    await load(gallery, rows(2), origin=replace(ORIGIN, calibration=theirs))
    assert gallery.calibration == own


async def test_an_invalid_row_is_named_by_its_position_in_all_pages_and_earlier_pages_stay() -> None:
    gallery = FakeGallery()
    with pytest.raises(InvalidInput, match=r"^row 3: "):
        await load(gallery, rows(2), [ROW, replace(ROW, degrees=360)])
    assert list(gallery.rows) == ["r0-000", "r1-000"]


async def test_rows_written_before_a_server_failed_stay() -> None:
    gallery = FakeGallery()

    def fail_on_the_second_write() -> None:
        if gallery.writing.calls == 2:
            gallery.writing.error = Unavailable("Milvus", "gone")

    gallery.writing.on_take = fail_on_the_second_write
    with pytest.raises(Unavailable):
        await load(gallery, rows(2), rows(4)[2:])
    assert list(gallery.rows) == ["r0-000", "r1-000"]
