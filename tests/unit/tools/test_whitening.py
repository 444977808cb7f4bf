"""Whitening, and the crops it is learned from, on a network of VGG16's form with few channels."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.progress import Progress

from embedding.graph import build_graph
from embedding.learning import features_of, photo_crops, photo_paths, product_crops, scene_crops
from embedding.vgg16 import Convolutions
from embedding.whitening import Whitening, fit_evening, fit_learned_whitening, fit_pca_whitening, joined
from store.scenes.coco import dataset
from store.scenes.sampling import SceneSettings, write_scene
from support.small_vgg import POOLINGS, SIZE, random_convolutions
from tillsight.domain.errors import InvalidInput

UNET = Path(__file__).resolve().parents[3] / "model_repository" / "unet"


@pytest.fixture(scope="module")
def convolutions() -> Convolutions:
    return random_convolutions()


def test_pca_whitening_gives_uncorrelated_values_of_unit_variance() -> None:
    random = np.random.default_rng(4)
    features = (random.normal(size=(5000, 6)) @ random.normal(size=(6, 6))).astype(np.float32)
    whitening = fit_pca_whitening(features, 6, 0.0)

    whitened = (features - whitening.mean) @ whitening.matrix

    np.testing.assert_allclose(whitened.T @ whitened / 5000, np.eye(6), atol=0.01)


def test_learned_whitening_ignores_what_differs_among_views_of_one_object() -> None:
    random = np.random.default_rng(5)
    objects = np.repeat(np.arange(200), 5)
    identity = random.normal(size=(200, 8))[objects]
    light = random.normal(scale=10, size=(1000, 1))  # large, and says nothing about the object
    features = np.concatenate([identity, light, light], axis=1).astype(np.float32)
    features += random.normal(scale=0.1, size=features.shape).astype(np.float32)

    embedded = fit_learned_whitening(features, objects, 8, 0.001).apply(features)

    plain = features / np.linalg.norm(features, axis=1, keepdims=True)
    assert _nearest_is_same(embedded, objects) > 0.95
    assert _nearest_is_same(plain, objects) < 0.75


def test_evening_takes_out_what_differs_within_classes_the_more_the_larger_its_share() -> None:
    random = np.random.default_rng(0)
    classes = np.repeat(np.arange(40), 6)
    own = random.normal(0, 1, (40, 8))[classes]
    own[:, 0] += random.normal(0, 5, 240)  # one direction tells nothing of the class
    vectors = (own / np.linalg.norm(own, axis=1, keepdims=True)).astype(np.float32)

    np.testing.assert_allclose(fit_evening(vectors, classes, 0.0), np.eye(8), atol=1e-5)
    found = []
    for share in (0.0, 0.5, 0.9):
        evened = vectors @ fit_evening(vectors, classes, share)
        found.append(_nearest_is_same(evened / np.linalg.norm(evened, axis=1, keepdims=True), classes))
    assert found[0] < found[1] < found[2]


def _nearest_is_same(vectors: np.ndarray, objects: np.ndarray) -> float:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -1)
    return float((objects[scores.argmax(axis=1)] == objects).mean())


def test_learning_crops_show_every_object_in_as_many_views(convolutions: Convolutions, tmp_path: Path) -> None:
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.random.default_rng(6).integers(0, 256, (40, 50, 3), np.uint8))
    (tmp_path / "photos.csv").write_text("product_id,name,image\na,A,a.jpg\na,A,b.jpg\n")
    paths, silent = photo_paths(tmp_path / "photos.csv"), Progress(disable=True)

    products = list(product_crops(2, 3, SIZE, 7, silent))
    again = list(product_crops(2, 3, SIZE, 7, silent))
    graph = build_graph(convolutions, SIZE, POOLINGS)
    features, objects = joined([features_of(graph, products), features_of(graph, photo_crops(paths, SIZE, silent))])

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


def test_a_kept_whitening_is_read_back_unchanged(tmp_path: Path) -> None:
    whitening = Whitening(np.float32([1, 2]), np.float32([[3], [4]]))
    whitening.write(tmp_path / "w.npz")

    read = Whitening.read(tmp_path / "w.npz")

    np.testing.assert_array_equal(read.matrix, whitening.matrix)
    with pytest.raises(InvalidInput, match="holds no whitening"):
        Whitening.read(tmp_path / "absent.npz")
