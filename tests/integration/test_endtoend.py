"""A rendered shop, enrolled and recognised as `evaluate.py endtoend` does it, on the real Triton and Milvus Lite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.progress import Progress

from evaluation import endtoend, scenes
from store.gallery.manifest import gallery_rows, write_manifest
from store.gallery.reference_photos import write_reference
from store.scenes import coco
from store.scenes.sampling import SceneSettings, write_scene
from support.paths import ROOT
from tillsight import service
from tillsight.client import manifest
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.domain.errors import InvalidGalleryFile

LABELS, SCENES, SEED = 12, 2, 5
EVALUATE = ROOT / "tools" / "evaluate.py"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop: gallery.csv and counter scenes."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "gallery").mkdir()
    for label in range(LABELS):
        write_reference(folder, label, SEED, 256)
    write_manifest(folder / "gallery.csv", gallery_rows(range(LABELS), SEED))
    (folder / "scenes" / "images").mkdir(parents=True)
    drawn = [
        write_scene(folder / "scenes", SceneSettings(SEED, 0, LABELS, max_objects=6), index) for index in range(SCENES)
    ]
    (folder / "scenes" / "annotations.json").write_text(json.dumps(coco.dataset(drawn, "a shop")))
    return folder


def test_a_shop_is_enrolled_once_and_its_counters_are_scored(
    shop: Path, triton: str, milvus_lite: str, tmp_path: Path
) -> None:
    rows, counters = list(manifest.read_manifest(shop / "gallery.csv")), scenes.read(shop / "scenes")
    enrolled, file = {row.product_id for row in rows}, tmp_path / "vectors.parquet"
    figures = []
    for turn in ("first", "again"):
        settings = Settings(
            port=0, triton=triton, milvus=milvus_lite, gallery=f"endtoend{turn}", data_dir=tmp_path / turn
        )
        with service.in_background(settings) as address, Client(address) as client:
            endtoend.enrol(client, rows, file, Progress(disable=True))
            assert client.describe().products == LABELS
            figures.append(endtoend.figures(endtoend.recognise(client, counters, Progress(disable=True)), enrolled, {}))
            if turn == "again":
                with pytest.raises(InvalidGalleryFile, match="other products"):
                    endtoend.enrol(client, rows[1:], file, Progress(disable=True))
    first, again = figures
    assert first == again  # the vectors of the file give the same figures as the photos
    assert first["n_objects"] > 3 and first["found"] > 0.6 and first["top1_nearest"] > 0.6


def test_endtoend_starts_its_servers_and_prints_one_json_object(shop: Path) -> None:
    command = [sys.executable, str(EVALUATE), "endtoend", "--data", str(shop / "scenes")]
    command += ["--gallery", str(shop / "gallery.csv"), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    figures = json.loads(done.stdout)
    assert figures["n_labels"] == LABELS and {"f1", "checkout_accuracy", "top1"} <= figures.keys()
