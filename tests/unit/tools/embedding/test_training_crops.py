"""The crops that a whitening learns from."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.progress import Progress

from embedding.features import extract_features
from embedding.graph import build_graph
from embedding.training_crops import photo_crops, photo_paths, product_crops, scene_crops
from embedding.vgg16 import Convolutions
from embedding.whitening import concatenate_features
from store.scenes.coco import dataset
from store.scenes.sampling import SceneSettings, write_scene
from support.small_vgg import POOLINGS, SIZE, random_convolutions

UNET = Path(__file__).resolve().parents[4] / "model_repository" / "unet"


@pytest.fixture(scope="module")
def convolutions() -> Convolutions:
    return random_convolutions()


def test_training_crops_show_every_object_in_the_wanted_number_of_views(
    convolutions: Convolutions, tmp_path: Path
) -> None:
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.random.default_rng(6).integers(0, 256, (40, 50, 3), np.uint8))
    (tmp_path / "photos.csv").write_text("product_id,name,image\na,A,a.jpg\na,A,b.jpg\n")
    paths, silent = photo_paths(tmp_path / "photos.csv"), Progress(disable=True)

    products = list(product_crops(2, 3, SIZE, 7, silent))
    again = list(product_crops(2, 3, SIZE, 7, silent))
    graph = build_graph(convolutions, SIZE, POOLINGS)
    features, objects = concatenate_features(
        [extract_features(graph, products), extract_features(graph, photo_crops(paths, SIZE, silent))]
    )

    assert objects.tolist() == [0] * 6 + [1] * 6 + [2, 2, 3, 3]
    assert features.shape == (16, 22)
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(products, again, strict=True))


def test_a_scenes_crops_are_of_what_the_segmenter_found_with_the_references_of_the_same_products(
    tmp_path: Path,
) -> None:
    shop = SceneSettings(seed=1, first_label=0, label_count=12, studio=(), upright=False, max_objects=4)
    (tmp_path / "images").mkdir()
    written = [write_scene(tmp_path, shop, 0)]
    (tmp_path / "annotations.json").write_text(json.dumps(dataset(written, "a test")))

    crops = list(scene_crops(tmp_path, UNET, SIZE, 1, Progress(disable=True)))

    there = {int(product_id[1:]) for product_id, *_ in written[0].objects}
    labels = [label for label, _ in crops]
    assert labels
    assert set(labels) <= there
    assert all(labels.count(label) >= 5 for label in labels)  # found once, and four references
