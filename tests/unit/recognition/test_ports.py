"""The calibration of an open gallery."""

from __future__ import annotations

from support.fakes import FakeEmbedder, FakeGallery
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.ports import OpenGallery


def test_similarities_are_judged_by_the_gallerys_calibration_else_by_the_embedders() -> None:
    embedder, gallery = FakeEmbedder(), FakeGallery()
    opened = OpenGallery(embedder, gallery, 4)
    assert opened.calibration == embedder.calibration
    gallery.calibration = Calibration(known_from=0.875)
    assert opened.calibration == gallery.calibration
