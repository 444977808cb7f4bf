"""Folders of annotated photos, whatever their format."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.annotated_photo import InvalidTrainingData
from segmentation.dataset import AnnotationFormat, read_dataset


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidTrainingData, match="nowhere: no such folder"):
        read_dataset(tmp_path / "nowhere", AnnotationFormat.COCO)
