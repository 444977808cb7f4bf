"""Gallery rows, versions, calibrations and progress as messages, and back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.domain.errors import InvalidInput
from tillsight.domain.products import GalleryDescription, GalleryRow
from tillsight.gallery.versions import GalleryState, GalleryVersion, MissingPhoto, RebuildPhase, RebuildProgress
from tillsight.recognition.calibration import Calibration
from tillsight.rpc.gallery_converters import (
    MAX_MISSING_PHOTOS,
    calibration_from,
    calibration_to,
    header_from,
    header_to,
    progress_to,
    rows_from,
    rows_to,
    version_to,
)
from tillsight.v1 import catalogue_pb2

ROW = GalleryRow("r-090", "p", "Tea", "north", 90, {"vat": 7}, np.array([0.6, 0.8, 0.0], np.float32), False)
finite = st.floats(-1e6, 1e6)


@given(st.builds(Calibration, finite, st.floats(0, 1e6), finite, st.floats(0, 1e6), finite, finite, finite))
def test_a_calibration_comes_back_as_it_was(calibration: Calibration) -> None:
    assert calibration_from(calibration_to(calibration)) == calibration


@pytest.mark.parametrize(("field", "value"), [("known_from", math.nan), ("best_weight", -1.0)])
def test_a_calibration_that_cannot_be_used_is_invalid_input(field: str, value: float) -> None:
    message = calibration_to(Calibration())
    setattr(message, field, value)
    with pytest.raises(InvalidInput, match=field):
        calibration_from(message)


def test_rows_come_back_as_they_were() -> None:
    rows = [ROW, replace(ROW, reference_id="r-000", degrees=0, active=True, attributes={})]
    for row, back in zip(rows, rows_from(rows_to(rows)), strict=True):
        np.testing.assert_array_equal(back.vector, row.vector)
        assert back.vector.dtype == np.float32
        assert replace(back, vector=row.vector) == row


@pytest.mark.parametrize("calibration", [Calibration(known_from=0.875), None])
def test_a_header_leads_back_to_the_origin_of_the_rows(calibration: Calibration | None) -> None:
    message = header_to(GalleryDescription("gallery_aa_1", "aa", 3, 1, 1, 8), calibration or Calibration())
    assert (message.dimension, message.rows) == (3, 8)
    if calibration is None:
        message.ClearField("calibration")
    origin = header_from(message)
    assert (origin.gallery, origin.embedder_fingerprint, origin.calibration) == ("gallery_aa_1", "aa", calibration)


@pytest.mark.parametrize("state", list(GalleryState))
def test_every_state_of_a_version_has_its_message(state: GalleryState) -> None:
    message = version_to(GalleryVersion("gallery_aa_1", "aa", "vgg", 4, state, None if state is state.KEPT else 8))
    assert catalogue_pb2.GalleryState.Name(message.state) == f"GALLERY_STATE_{state.name}"
    assert (message.gallery, message.embedder_fingerprint, message.embedder, message.rotations) == (
        "gallery_aa_1",
        "aa",
        "vgg",
        4,
    )
    assert message.HasField("rows") is (state is not GalleryState.KEPT)


@pytest.mark.parametrize("phase", list(RebuildPhase))
def test_every_phase_of_a_rebuild_has_its_message(phase: RebuildPhase) -> None:
    message = progress_to(RebuildProgress(phase, "new", "old", 1, 2, 3, 4, 5, 6, 7))
    assert catalogue_pb2.RebuildPhase.Name(message.phase) == f"REBUILD_PHASE_{phase.name}"
    counts = (message.done, message.total, message.embedded, message.relabelled, message.removed)
    assert counts == (1, 2, 3, 4, 5) and (message.tried, message.found) == (6, 7)


def test_a_message_lists_some_missing_photos_and_counts_all() -> None:
    missing = tuple(MissingPhoto(f"{number:032x}", "p", "", "gone") for number in range(MAX_MISSING_PHOTOS + 5))
    message = progress_to(RebuildProgress(RebuildPhase.DONE, "new", "old", missing_count=len(missing), missing=missing))
    assert (len(message.missing), message.missing_count) == (MAX_MISSING_PHOTOS, MAX_MISSING_PHOTOS + 5)
    assert (message.missing[0].photo_id, message.missing[0].reason) == (missing[0].photo_id, "gone")
