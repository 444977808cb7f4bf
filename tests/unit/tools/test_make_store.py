"""make_store.py writes a gallery and COCO scenes that others can load."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from store.gallery.reference_photos import on_background
from store.products import describe, render
from store.scenes.sampling import SceneSettings, write_scene

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A small store, written by the command itself."""
    out = tmp_path_factory.mktemp("store")
    command = [
        sys.executable,
        str(ROOT / "tools" / "make_store.py"),
        "--labels",
        "30",
        "--first-label",
        "5",
        "--jobs",
        "1",
    ]
    command += ["--scenes", "3", "--out", str(out), "--seed", "2", "--size", "96", "--most", "6", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def test_the_command_prints_one_json_object_with_its_counts(store: tuple[Path, dict[str, object]]) -> None:
    _, summary = store
    assert summary["references"] == 30 and summary["scenes"] == 3


def test_the_gallery_lists_every_label_with_a_photo_and_its_attributes(store: tuple[Path, dict[str, object]]) -> None:
    out, _ = store
    with (out / "gallery.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [r["product_id"] for r in rows] == [f"p{label:05d}" for label in range(5, 35)]
    for row in rows:
        assert (out / row["image"]).exists()
        assert {"kind", "brand", "flavour", "size", "group", "confusable_with"} == set(json.loads(row["attributes"]))
        assert row["name"] == describe(int(row["product_id"][1:]), 2).name


def test_a_written_reference_equals_the_label_rendered_alone(store: tuple[Path, dict[str, object]]) -> None:
    out, _ = store
    written = cv2.cvtColor(cv2.imread(str(out / "gallery" / "p00012.jpg")), cv2.COLOR_BGR2RGB)
    alone = on_background(render(describe(12, 2), 96))
    assert written.shape == alone.shape
    assert np.abs(written.astype(int) - alone).mean() < 6  # JPEG


def test_pycocotools_loads_the_scenes_and_boxes_fit_the_masks(store: tuple[Path, dict[str, object]]) -> None:
    out, summary = store
    coco = COCO(str(out / "scenes" / "annotations.json"))
    assert len(coco.imgs) == 3 and len(coco.anns) == summary["objects"]
    for image in coco.imgs.values():
        picture = cv2.imread(str(out / "scenes" / "images" / image["file_name"]))
        assert picture.shape[:2] == (image["height"], image["width"])
    for annotation in coco.anns.values():
        mask = coco.annToMask(annotation)
        rows, columns = np.nonzero(mask)
        x, y, w, h = annotation["bbox"]
        assert (x, y, x + w, y + h) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert annotation["area"] == mask.sum()
        assert describe(int(coco.cats[annotation["category_id"]]["name"][1:]), 2).label in range(5, 35)


def test_a_scene_alone_equals_the_same_scene_of_a_run(store: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    out, _ = store
    (tmp_path / "images").mkdir()
    write_scene(tmp_path, SceneSettings(seed=2, first_label=5, label_count=30, max_objects=6), 2)
    name = Path("images") / "000002.jpg"
    assert (tmp_path / name).read_bytes() == (out / "scenes" / name).read_bytes()


def test_scenes_without_products_are_refused(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_store.py"), "--labels", "0", "--scenes", "2"]
    done = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "scenes need products" in done.stderr
