"""Ground Truth manifests: what is read, and how wrong data is refused."""

from __future__ import annotations

import json
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
    annotation = read_dataset(manifest(tmp_path), AnnotationFormat.GROUNDTRUTH)[0].load()[1]
    assert sorted(np.unique(annotation.ids)) == [0, 1, 2]
    assert annotation.ids[20, 20] != annotation.ids[20, 60]
    assert annotation.ids[80, 100] == 0


@pytest.mark.parametrize(("changes", "result"), [
    ({"source-ref": "s3://bucket/shop/gone.jpg"}, r"line 2: s3://bucket/shop/gone\.jpg is not under"),
    ({"source-ref": "s3://bucket/../../etc/passwd"}, "line 2: .* is not under"),
    ({"job-ref-metadata": {}}, "line 2: no `internal-color-map`"),
    ({"job-ref-metadata": {"internal-color-map": {"0": COLOURS["0"], "1": COLOURS["1"]}}},
     r"0_2023\.png .*line 2.*colour #ff7f0e is not in"),
    ({"job-ref-metadata": {"internal-color-map": {"0": {"hex-color": "#ffffff"}}}}, "line 2: class 0"),
])  # fmt: skip
def test_wrong_ground_truth_data_is_refused_naming_file_and_line(
    tmp_path: Path, changes: dict[str, Any], result: str
) -> None:
    with pytest.raises(InvalidTrainingData, match=result):
        read_dataset(manifest(tmp_path, **changes), AnnotationFormat.GROUNDTRUTH)
