"""A small folder with every file that the documented commands name."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

from runtime import model_folder
from support.paths import ROOT
from support.striped_classes import write_striped_classes
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
    write_striped_classes(folder / "photos.csv")
    fingerprint = model_folder.parameter(ROOT / "model_repository/vgg", "fingerprint")
    calibration = {"calibration": json.loads(Calibration().to_json()), "embedder_fingerprint": fingerprint}
    (folder / "calibration.json").write_text(json.dumps(calibration))


def _manifest_line(row: dict[str, str]) -> str:
    return f'{row["product_id"]},{row["name"]},store/{row["image"]},,"{{""vat"": 7}}"'
