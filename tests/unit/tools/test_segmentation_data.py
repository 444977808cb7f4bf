"""Annotated photos in three forms: what is read, and how wrong data is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segmentation.dataset import Form, InvalidTrainingData, read

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


def test_coco_polygons_and_run_lengths_become_instances_and_crowds_are_doubtful(tmp_path: Path) -> None:
    (annotated,) = read(coco(tmp_path), Form.COCO)
    pixels, annotation = annotated.load()
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert (annotation.ids == 1).sum() == pytest.approx(900, abs=70)
    assert (annotation.ids == 2).sum() == HEIGHT * 20
    assert annotation.ids[50, 70] == 2
    assert annotation.doubtful == {2}


@pytest.mark.parametrize(("changes", "told"), [
    ({"images": [{"id": 7, "file_name": "gone.jpg"}]}, r"gone\.jpg, which is missing"),
    ({"annotations": []}, "no foreground"),
    ({"annotations": [{"image_id": 9, "segmentation": SQUARE}]}, "image 9, which is not listed"),
    ({"annotations": [{"image_id": 7}]}, r"annotations\[0\] has no `segmentation`"),
    ({"annotations": [{"id": 5, "image_id": 7, "segmentation": {"size": [9, 9], "counts": [81]}}]}, "mask of 9 x 9"),
    ({"annotations": [{"id": 5, "image_id": 7, "segmentation": 3}]}, "annotation 5 .* neither polygons nor RLE"),
    ({"images": [{"id": 7, "file_name": "a.jpg", "width": 4, "height": 4}]}, "listed as 4 x 4"),
])  # fmt: skip
def test_wrong_coco_data_is_refused_naming_the_file(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidTrainingData, match=rf"annotations\.json.*{told}"):
        for annotated in read(coco(tmp_path, **changes), Form.COCO):
            annotated.load()


def test_a_coco_file_that_is_not_json_is_refused_naming_the_line(tmp_path: Path) -> None:
    coco(tmp_path)
    (tmp_path / "annotations.json").write_text('{\n"images": [,]\n}')
    with pytest.raises(InvalidTrainingData, match=r"annotations\.json, line 2: not JSON"):
        read(tmp_path, Form.COCO)


def masks(folder: Path, draw: Callable[[int], np.ndarray[Any, Any]], count: int = 3) -> Path:
    (folder / "masks").mkdir(parents=True)
    for index in range(count):
        photo(folder / "images" / f"{index}.jpg")
        Image.fromarray(draw(index)).save(folder / "masks" / f"{index}.png")
    return folder


def test_instance_id_masks_keep_touching_objects_apart(tmp_path: Path) -> None:
    def draw(index: int) -> np.ndarray[Any, Any]:
        mask = np.zeros((HEIGHT, WIDTH), np.uint16)
        mask[20:60, 20:50], mask[20:60, 50:90] = 300, 7
        return mask

    annotation = read(masks(tmp_path, draw), Form.MASKS)[0].load()[1]
    assert sorted(np.unique(annotation.ids)) == [0, 1, 2]
    assert annotation.doubtful == frozenset()


def test_semantic_masks_count_connected_regions_and_doubt_what_may_be_several_touching_objects(tmp_path: Path) -> None:
    def draw(index: int) -> np.ndarray[Any, Any]:
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[5:25, 5:25] = mask[5:25, 60:80] = 255
        mask[50:70, 10:30] = mask[60:80, 28:50] = 255  # two squares that overlap at a corner: a region with bays
        return mask

    annotation = read(masks(tmp_path, draw), Form.MASKS)[0].load()[1]
    assert sorted(np.unique(annotation.ids)) == [0, 1, 2, 3]
    assert annotation.doubtful == {int(annotation.ids[60, 20])}


def test_wrong_masks_are_refused_naming_the_file(tmp_path: Path) -> None:
    folder = masks(tmp_path, lambda index: np.full((HEIGHT, WIDTH), 200, np.uint8))
    Image.new("L", (8, 9), 200).save(folder / "masks" / "1.png")
    with pytest.raises(InvalidTrainingData, match=r"1\.png: the mask is 8 x 9 pixels, its photo 120 x 90"):
        read(folder, Form.MASKS)[1].load()
    (folder / "masks" / "1.png").unlink()
    with pytest.raises(InvalidTrainingData, match=r"1\.png: missing"):
        read(folder, Form.MASKS)
    Image.new("L", (WIDTH, HEIGHT), 0).save(folder / "masks" / "0.png")
    for name in ("1.png", "2.png"):
        Image.new("L", (WIDTH, HEIGHT), 0).save(folder / "masks" / name)
    with pytest.raises(InvalidTrainingData, match="no foreground to learn"):
        read(folder, Form.MASKS)


COLOURS = {"0": {"class-name": "BACKGROUND", "hex-color": "#ffffff"},
           "1": {"class-name": "milk", "hex-color": "#2ca02c"},
           "2": {"class-name": "juice", "hex-color": "#ff7f0e"}}  # fmt: skip


def manifest(folder: Path, **changes: Any) -> Path:
    """One photo labelled as Ground Truth stores it: a palette PNG and a line of JSON with s3 references."""
    photo(folder / "photos" / "a.jpg")
    label = Image.new("P", (WIDTH, HEIGHT), 0)
    label.putpalette([255, 255, 255, 0x2C, 0xA0, 0x2C, 0xFF, 0x7F, 0x0E])
    label.paste(1, (10, 10, 40, 50))
    label.paste(2, (40, 10, 70, 50))
    path = folder / "annotations" / "consolidated-annotation" / "output" / "0_2023.png"
    path.parent.mkdir(parents=True)
    label.save(path)
    line = {
        "source-ref": "s3://bucket/shop/photos/a.jpg",
        "job-ref": "s3://bucket/jobs/job/annotations/consolidated-annotation/output/0_2023.png",
        "job-ref-metadata": {"type": "groundtruth/semantic-segmentation", "internal-color-map": COLOURS},
    } | changes
    (folder / "output.manifest").write_text("\n" + json.dumps(line) + "\n")
    return folder


def test_ground_truth_labels_are_read_by_colour_and_references_by_their_trailing_path(tmp_path: Path) -> None:
    annotation = read(manifest(tmp_path), Form.GROUNDTRUTH)[0].load()[1]
    assert sorted(np.unique(annotation.ids)) == [0, 1, 2]
    assert annotation.ids[20, 20] != annotation.ids[20, 60]
    assert annotation.ids[80, 100] == 0


@pytest.mark.parametrize(("changes", "told"), [
    ({"source-ref": "s3://bucket/shop/gone.jpg"}, r"line 2: s3://bucket/shop/gone\.jpg is not under"),
    ({"source-ref": "s3://bucket/../../etc/passwd"}, "line 2: .* is not under"),
    ({"job-ref-metadata": {}}, "line 2: no `internal-color-map`"),
    ({"job-ref-metadata": {"internal-color-map": {"0": COLOURS["0"], "1": COLOURS["1"]}}},
     r"0_2023\.png .*line 2.*colour #ff7f0e is not in"),
    ({"job-ref-metadata": {"internal-color-map": {"0": {"hex-color": "#ffffff"}}}}, "line 2: class 0"),
])  # fmt: skip
def test_wrong_ground_truth_data_is_refused_naming_file_and_line(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidTrainingData, match=told):
        read(manifest(tmp_path, **changes), Form.GROUNDTRUTH)


def test_a_photo_that_cannot_be_decoded_is_refused_naming_the_file(tmp_path: Path) -> None:
    folder = masks(tmp_path, lambda index: np.full((HEIGHT, WIDTH), 200, np.uint8))
    (folder / "images" / "0.jpg").write_bytes(b"not a photo")
    with pytest.raises(InvalidTrainingData, match=r"0\.jpg"):
        read(folder, Form.MASKS)[0].load()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidTrainingData, match="nowhere: no such folder"):
        read(tmp_path / "nowhere", Form.COCO)
