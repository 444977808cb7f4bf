"""Whitening and within-class covariance normalisation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedding.whitening import Whitening, fit_learned_whitening, fit_pca_whitening, fit_wccn
from tillsight.domain.errors import InvalidInput


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


def test_wccn_with_a_larger_share_removes_more_of_the_variation_within_classes() -> None:
    random = np.random.default_rng(0)
    classes = np.repeat(np.arange(40), 6)
    own = random.normal(0, 1, (40, 8))[classes]
    own[:, 0] += random.normal(0, 5, 240)  # one direction tells nothing of the class
    vectors = (own / np.linalg.norm(own, axis=1, keepdims=True)).astype(np.float32)

    np.testing.assert_allclose(fit_wccn(vectors, classes, 0.0), np.eye(8), atol=1e-5)
    found = []
    for share in (0.0, 0.5, 0.9):
        normalised = vectors @ fit_wccn(vectors, classes, share)
        found.append(_nearest_is_same(normalised / np.linalg.norm(normalised, axis=1, keepdims=True), classes))
    assert found[0] < found[1] < found[2]


def _nearest_is_same(vectors: np.ndarray, objects: np.ndarray) -> float:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -1)
    return float((objects[scores.argmax(axis=1)] == objects).mean())


def test_a_written_whitening_is_read_back_unchanged(tmp_path: Path) -> None:
    whitening = Whitening(np.float32([1, 2]), np.float32([[3], [4]]))
    whitening.write(tmp_path / "w.npz")

    read = Whitening.read(tmp_path / "w.npz")

    np.testing.assert_array_equal(read.matrix, whitening.matrix)
    with pytest.raises(InvalidInput, match="has no whitening"):
        Whitening.read(tmp_path / "absent.npz")
