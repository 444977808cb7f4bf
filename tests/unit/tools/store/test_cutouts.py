"""Photographed objects are cut out of their background whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from store.gallery import cutouts


def test_a_studio_photo_gives_its_object_with_white_parts_inside_kept(studio_photo: np.ndarray) -> None:
    rgba = cutouts.from_plain_background(studio_photo)
    assert abs(rgba.shape[0] - 90) <= 3 and abs(rgba.shape[1] - 60) <= 3
    assert (rgba[10:-10, 10:-10, 3] == 255).all()


def test_specks_beside_the_object_are_dropped(studio_photo: np.ndarray) -> None:
    photo = studio_photo
    photo[5:8, 5:8] = 0
    assert cutouts.from_plain_background(photo).shape[0] <= 92


def test_the_soft_edge_has_no_white_of_the_background(studio_photo: np.ndarray) -> None:
    rgba = cutouts.from_plain_background(studio_photo)
    soft = (rgba[..., 3] > 10) & (rgba[..., 3] < 250)
    soft[8:50] = False  # rows where the carton's own white face is near
    assert soft.any()
    assert rgba[..., :3][soft].max() < 150


def test_a_blank_photo_is_refused() -> None:
    with pytest.raises(ValueError, match="no object found"):
        cutouts.from_plain_background(np.full((40, 40, 3), 255, np.uint8))


def test_a_photo_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"uint8 \[H, W, 3\]"):
        cutouts.from_plain_background(np.zeros((40, 40), np.uint8))


def test_a_png_with_alpha_is_cropped_to_its_opaque_pixels(tmp_path: Path) -> None:
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
