"""Mask PNGs: what is read, and how wrong data is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segmentation.annotated_photo import InvalidTrainingData
from segmentation.dataset import AnnotationFormat, read_dataset

HEIGHT, WIDTH = 90, 120


def photo(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 150)).save(path)


def masks(folder: Path, draw: Callable[[int], np.ndarray[Any, Any]], count: int = 3) -> Path:
    (folder / "masks").mkdir(parents=True)
    for index in range(count):
        photo(folder / "images" / f"{index}.jpg")
        Image.fromarray(draw(index)).save(folder / "masks" / f"{index}.png")
    return folder


def test_instance_id_masks_separate_touching_objects(tmp_path: Path) -> None:
    def draw(index: int) -> np.ndarray[Any, Any]:
        mask = np.zeros((HEIGHT, WIDTH), np.uint16)
        mask[20:60, 20:50], mask[20:60, 50:90] = 300, 7
        return mask

    annotation = read_dataset(masks(tmp_path, draw), AnnotationFormat.MASKS)[0].load()[1]
    assert sorted(np.unique(annotation.ids)) == [0, 1, 2]
    assert annotation.ambiguous == frozenset()


def test_semantic_masks_become_one_instance_for_each_region_and_a_region_with_concavities_is_ambiguous(
    tmp_path: Path,
) -> None:
    def draw(index: int) -> np.ndarray[Any, Any]:
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[5:25, 5:25] = mask[5:25, 60:80] = 255
        mask[50:70, 10:30] = mask[60:80, 28:50] = 255  # two squares that overlap at a corner: a region with bays
        return mask

    annotation = read_dataset(masks(tmp_path, draw), AnnotationFormat.MASKS)[0].load()[1]
    assert sorted(np.unique(annotation.ids)) == [0, 1, 2, 3]
    assert annotation.ambiguous == {int(annotation.ids[60, 20])}


def test_wrong_masks_are_refused_naming_the_file(tmp_path: Path) -> None:
    folder = masks(tmp_path, lambda index: np.full((HEIGHT, WIDTH), 200, np.uint8))
    Image.new("L", (8, 9), 200).save(folder / "masks" / "1.png")
    with pytest.raises(InvalidTrainingData, match=r"1\.png: the mask is 8 x 9 pixels, but its photo is 120 x 90"):
        read_dataset(folder, AnnotationFormat.MASKS)[1].load()
    (folder / "masks" / "1.png").unlink()
    with pytest.raises(InvalidTrainingData, match=r"1\.png: missing"):
        read_dataset(folder, AnnotationFormat.MASKS)
    Image.new("L", (WIDTH, HEIGHT), 0).save(folder / "masks" / "0.png")
    for name in ("1.png", "2.png"):
        Image.new("L", (WIDTH, HEIGHT), 0).save(folder / "masks" / name)
    with pytest.raises(InvalidTrainingData, match="no foreground to learn"):
        read_dataset(folder, AnnotationFormat.MASKS)


def test_a_photo_that_cannot_be_decoded_is_refused_naming_the_file(tmp_path: Path) -> None:
    folder = masks(tmp_path, lambda index: np.full((HEIGHT, WIDTH), 200, np.uint8))
    (folder / "images" / "0.jpg").write_bytes(b"not a photo")
    with pytest.raises(InvalidTrainingData, match=r"0\.jpg"):
        read_dataset(folder, AnnotationFormat.MASKS)[0].load()
