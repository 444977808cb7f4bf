"""Photographed objects come off their ground whole."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from store import cutouts
from store.gallery import StudioObject, cut, studio_objects


def studio_photo() -> np.ndarray:
    """A white-faced carton with a dark frame on white, with sensor noise of up to three levels."""
    photo = np.full((120, 100, 3), 255, np.uint8)
    cv2.rectangle(photo, (20, 15), (79, 104), (40, 90, 40), -1)
    cv2.rectangle(photo, (30, 25), (69, 60), (255, 255, 255), -1)
    return photo - np.random.default_rng(0).integers(0, 4, photo.shape).astype(np.uint8)


def test_a_studio_photo_gives_its_object_with_white_parts_inside_kept() -> None:
    rgba = cutouts.from_white_ground(studio_photo())
    assert abs(rgba.shape[0] - 90) <= 3 and abs(rgba.shape[1] - 60) <= 3
    assert (rgba[10:-10, 10:-10, 3] == 255).all()


def test_specks_beside_the_object_are_dropped() -> None:
    photo = studio_photo()
    photo[5:8, 5:8] = 0
    assert cutouts.from_white_ground(photo).shape[0] <= 92


def test_the_soft_edge_carries_no_white_of_the_ground() -> None:
    rgba = cutouts.from_white_ground(studio_photo())
    rim = (rgba[..., 3] > 10) & (rgba[..., 3] < 250)
    rim[8:50] = False  # rows where the carton's own white face comes near
    assert rim.any()
    assert rgba[..., :3][rim].max() < 150


def test_a_blank_photo_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing stands out"):
        cutouts.from_white_ground(np.full((40, 40, 3), 255, np.uint8))


def test_a_photo_of_the_wrong_form_is_refused() -> None:
    with pytest.raises(ValueError, match=r"uint8 \[H, W, 3\]"):
        cutouts.from_white_ground(np.zeros((40, 40), np.uint8))


def test_a_png_with_alpha_is_cropped_to_what_is_opaque(tmp_path: Path) -> None:
    rgba = np.zeros((50, 60, 4), np.uint8)
    rgba[10:30, 5:45] = (200, 30, 30, 255)
    Image.fromarray(rgba, "RGBA").save(tmp_path / "a.png")
    assert cutouts.from_alpha(tmp_path / "a.png").shape == (20, 40, 4)
    with pytest.raises(ValueError, match="transparent everywhere"):
        cutouts.from_alpha(np.zeros((5, 5, 4), np.uint8))


def test_a_png_without_alpha_is_refused_with_its_name(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(tmp_path / "opaque.png")
    with pytest.raises(ValueError, match=r"opaque\.png has no alpha"):
        cutouts.from_alpha(tmp_path / "opaque.png")


def test_studio_photos_are_listed_from_a_folder_or_a_csv(tmp_path: Path) -> None:
    Image.fromarray(studio_photo()).save(tmp_path / "green_box.png")
    (tmp_path / "list.csv").write_text("product_id,name,image\ngb,Green box,green_box.png\n", encoding="utf-8")
    by_folder, by_csv = studio_objects(tmp_path), studio_objects(tmp_path / "list.csv")
    assert [o.name for o in by_folder] == ["green box"]
    assert [o.product_id for o in by_csv] == ["gb"]
    assert cut(by_csv[0]).shape[2] == 4


def test_a_csv_with_a_missing_column_or_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,photo\n1,x.png\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("product_id,image\n1,x.png\n", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the column image, product_id"):
        studio_objects(tmp_path / "a.csv")
    with pytest.raises(FileNotFoundError, match=r"x\.png, which does not exist"):
        studio_objects(tmp_path / "b.csv")


def test_a_blank_studio_photo_is_refused_with_its_path(tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 40, 3), 255, np.uint8)).save(tmp_path / "blank.png")
    with pytest.raises(ValueError, match=r"blank\.png: nothing stands out"):
        cut(StudioObject("x", "x", tmp_path / "blank.png"))
