"""COCO annotations: what is read, and how wrong data is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from segmentation.annotated_photo import InvalidTrainingData
from segmentation.dataset import AnnotationFormat, read_dataset

HEIGHT, WIDTH = 90, 120


SQUARE = [[10, 10, 40, 10, 40, 40, 10, 40]]


def photo(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 150)).save(path)


def coco(folder: Path, **changes: Any) -> Path:
    photo(folder / "images" / "a.jpg")
    document = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "segmentation": SQUARE},
                        {"id": 2, "image_id": 7, "category_id": 1, "iscrowd": 1,
                         "segmentation": {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * 60, HEIGHT * 20, HEIGHT * 40]}}],
        "categories": [{"id": 1, "name": "milk"}],
    } | changes  # fmt: skip
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder


def test_coco_polygons_and_run_lengths_become_instances_and_crowds_are_ambiguous(tmp_path: Path) -> None:
    (annotated,) = read_dataset(coco(tmp_path), AnnotationFormat.COCO)
    pixels, annotation = annotated.load()
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert (annotation.ids == 1).sum() == pytest.approx(900, abs=70)
    assert (annotation.ids == 2).sum() == HEIGHT * 20
    assert annotation.ids[50, 70] == 2
    assert annotation.ambiguous == {2}


@pytest.mark.parametrize(("changes", "result"), [
    ({"images": [{"id": 7, "file_name": "gone.jpg"}]}, r"gone\.jpg, which is missing"),
    ({"annotations": []}, "no foreground"),
    ({"annotations": [{"image_id": 9, "segmentation": SQUARE}]}, "image 9, which is not listed"),
    ({"annotations": [{"image_id": 7}]}, r"annotations\[0\] has no `segmentation`"),
    ({"annotations": [{"id": 5, "image_id": 7, "segmentation": {"size": [9, 9], "counts": [81]}}]}, "mask of 9 x 9"),
    ({"annotations": [{"id": 5, "image_id": 7, "segmentation": 3}]}, "annotation 5 .* neither polygons nor RLE"),
    ({"images": [{"id": 7, "file_name": "a.jpg", "width": 4, "height": 4}]}, "listed as 4 x 4"),
])  # fmt: skip
def test_wrong_coco_data_is_refused_naming_the_file(tmp_path: Path, changes: dict[str, Any], result: str) -> None:
    with pytest.raises(InvalidTrainingData, match=rf"annotations\.json.*{result}"):
        for annotated in read_dataset(coco(tmp_path, **changes), AnnotationFormat.COCO):
            annotated.load()


def test_a_coco_file_that_is_not_json_is_refused_naming_the_line(tmp_path: Path) -> None:
    coco(tmp_path)
    (tmp_path / "annotations.json").write_text('{\n"images": [,]\n}')
    with pytest.raises(InvalidTrainingData, match=r"annotations\.json, line 2: not JSON"):
        read_dataset(tmp_path, AnnotationFormat.COCO)
