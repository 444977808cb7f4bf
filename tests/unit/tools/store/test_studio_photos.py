"""Studio photos are listed from a folder or a CSV file, and cut out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from store.gallery.studio_photos import StudioObject, cut_out, studio_objects


def test_studio_photos_are_listed_from_a_folder_or_a_csv(tmp_path: Path, studio_photo: np.ndarray) -> None:
    Image.fromarray(studio_photo).save(tmp_path / "green_box.png")
    (tmp_path / "list.csv").write_text("product_id,name,image\ngb,Green box,green_box.png\n", encoding="utf-8")
    by_folder, by_csv = studio_objects(tmp_path), studio_objects(tmp_path / "list.csv")
    assert [o.name for o in by_folder] == ["green box"]
    assert [o.product_id for o in by_csv] == ["gb"]
    assert cut_out(by_csv[0]).shape[2] == 4


def test_a_csv_with_a_missing_column_or_photo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,photo\n1,x.png\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("product_id,image\n1,x.png\n", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the column image, product_id"):
        studio_objects(tmp_path / "a.csv")
    with pytest.raises(FileNotFoundError, match=r"x\.png, which does not exist"):
        studio_objects(tmp_path / "b.csv")


def test_a_blank_studio_photo_is_refused_with_its_path(tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 40, 3), 255, np.uint8)).save(tmp_path / "blank.png")
    with pytest.raises(ValueError, match=r"blank\.png: no object found"):
        cut_out(StudioObject("x", "x", tmp_path / "blank.png"))
