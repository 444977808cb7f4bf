"""The aspect ratio beside the vector."""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from embedding.aspect_ratio import FREQUENCY
from embedding.graph import build_graph
from embedding.vgg16 import Convolutions
from embedding.whitening import fit_pca_whitening
from support.small_vgg import POOLINGS, SIZE, random_convolutions
from tillsight.imaging.letterbox import BACKGROUND_GREY


@pytest.fixture(scope="module")
def convolutions() -> Convolutions:
    return random_convolutions()


def _run(model: onnx.ModelProto, crops: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["embedding"], {"crops": crops})[0])


@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_the_aspect_ratio_of_an_object_follows_its_whitened_vector(convolutions: Convolutions, degrees: int) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)
    crop = np.full((1, SIZE, SIZE, 3), BACKGROUND_GREY, np.uint8)
    corners = cv2.boxPoints(((SIZE / 2, SIZE / 2), (0.75 * SIZE, 0.5 * SIZE), degrees))
    cv2.fillPoly(crop[0], [corners.round().astype(np.int32)], (200, 30, 60))

    (plain,) = _run(build_graph(convolutions, SIZE, POOLINGS, whitening), crop)
    (vector,) = _run(build_graph(convolutions, SIZE, POOLINGS, whitening, 0.1), crop)

    np.testing.assert_allclose(vector[:-2], plain * np.sqrt(0.9), atol=1e-5)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert np.arctan2(vector[-1], vector[-2]) / FREQUENCY == pytest.approx(np.log(1.5), abs=0.06)  # of whole pixels


def test_a_crop_without_an_object_has_an_aspect_ratio_of_finite_values(convolutions: Convolutions) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)
    crop = np.full((1, SIZE, SIZE, 3), BACKGROUND_GREY, np.uint8)

    assert np.isfinite(_run(build_graph(convolutions, SIZE, POOLINGS, whitening, 0.1), crop)).all()
