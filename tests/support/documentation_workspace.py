"""A small folder with every file that the documented commands name."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from runtime import model_folder
from support.paths import ROOT
from tillsight.recognition.calibration import Calibration

STORE = ("--labels", "40", "--scenes", "6", "--size", "224", "--json")
"""Calibration needs 32 products."""


def make_workspace(folder: Path) -> None:
    """Write the files; the photos and annotations come from the synthetic store."""
    command = [sys.executable, ROOT / "tools/make_store.py", *STORE, "--out", folder / "store"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    store = folder / "store"
    for name in ("annotated", "heldout"):
        shutil.copytree(store / "scenes", folder / name)
    shutil.copy(sorted((store / "scenes/images").iterdir())[0], folder / "counter.jpg")
    references = sorted((store / "gallery").glob("*.jpg"))
    shutil.copy(references[0], folder / "front.jpg")
    shutil.copy(references[1], folder / "back.jpg")
    shutil.copytree(ROOT / "model_repository/unet", folder / "trained/unet")
    with (store / "gallery.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    products = ["product_id,name,image,store,attributes", *(_manifest_line(row) for row in rows[2:5])]
    (folder / "products.csv").write_text("\n".join(products))
    queries = ["product_id,image", *(f"{row['product_id']},store/{row['image']}" for row in rows[:6])]
    (folder / "queries.csv").write_text("\n".join(queries))
    _write_classes(folder)
    fingerprint = model_folder.parameter(ROOT / "model_repository/vgg", "fingerprint")
    calibration = {"calibration": json.loads(Calibration().to_json()), "embedder_fingerprint": fingerprint}
    (folder / "calibration.json").write_text(json.dumps(calibration))


def _manifest_line(row: dict[str, str]) -> str:
    return f'{row["product_id"]},{row["name"]},store/{row["image"]},,"{{""vat"": 7}}"'


def _write_classes(folder: Path) -> None:
    """photos.csv: four classes of six photos; a class is a width of stripes of any colour."""
    (folder / "photos").mkdir()
    random = np.random.default_rng(2)
    lines = ["product_id,name,image"]
    for kind in range(4):
        for number in range(6):
            stripes = (np.arange(64) // (kind + 1) % 2)[:, None, None] * random.integers(60, 256, 3)
            image = f"photos/{kind}-{number}.png"
            cv2.imwrite(str(folder / image), np.broadcast_to(stripes, (64, 64, 3)).astype(np.uint8))
            lines.append(f"c{kind},Class {kind},{image}")
    (folder / "photos.csv").write_text("\n".join(lines))
