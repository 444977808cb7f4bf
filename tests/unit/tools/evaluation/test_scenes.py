"""Counter scenes: what is read, and how found objects match annotated ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation import scenes
from segmentation.annotated_photo import InvalidTrainingData
from support.pictures import RED, counter, encode
from tillsight.imaging.polygons import rectangle_polygon

SHAPE = (100, 200)


def mask(x: int, y: int, width: int, height: int) -> np.ndarray:
    drawn = np.zeros(SHAPE, bool)
    drawn[y : y + height, x : x + width] = True
    return drawn


def test_objects_match_above_half_their_union_each_annotated_one_once() -> None:
    masks = [mask(0, 0, 40, 40), mask(40, 0, 40, 40)]
    found = [
        rectangle_polygon(0, 0, 40, 30),  # three quarters of the first
        rectangle_polygon(0, 0, 80, 40),  # both: half of its union with each, no more
        rectangle_polygon(50, 0, 30, 40),
        rectangle_polygon(120, 0, 40, 40),  # on no product
        rectangle_polygon(70, 0, 40, 40),  # a corner of the second
        rectangle_polygon(45, 0, 35, 40),  # the second once more
    ]

    matches = scenes.match(found, masks, SHAPE)

    assert matches.owners == (0, None, 1, None, None, None)
    assert matches.on_background == (False, False, False, True, False, False)


def test_in_a_photo_without_products_every_found_object_is_on_the_background() -> None:
    assert scenes.match([rectangle_polygon(0, 0, 9, 9)], [], SHAPE) == scenes.SceneMatches((None,), (True,))


def test_scenes_are_read_with_a_label_for_each_object(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.png").write_bytes(encode(counter(((10, 10, 40, 40), RED))))
    square = [[10, 10, 50, 10, 50, 50, 10, 50]]
    document = {
        "images": [{"id": 7, "file_name": "1.png"}],
        "categories": [{"id": 3, "name": "tea"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "segmentation": square},
            {"id": 2, "image_id": 7, "category_id": 3, "segmentation": square, "iscrowd": 1},
        ],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(document))

    (scene,) = scenes.read(tmp_path)

    assert scene.labels == ("tea",) and scene.path == tmp_path / "images" / "1.png"
    (drawn,) = scene.masks(SHAPE)
    assert drawn.sum() == 1600
    document["annotations"][0]["category_id"] = 4
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    with pytest.raises(InvalidTrainingData, match="no listed category"):
        scenes.read(tmp_path)
