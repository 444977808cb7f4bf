"""The embedder graph, on a network of VGG16's structure with few channels."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto

from embedding.graph import Pooling, build_graph
from embedding.vgg16 import BLOCKS, Convolutions
from embedding.whitening import fit_pca_whitening
from support.small_vgg import POOLINGS, SIZE, random_convolutions


@pytest.fixture(scope="module")
def convolutions() -> Convolutions:
    return random_convolutions()


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (5, SIZE, SIZE, 3), np.uint8)


def _run(model: onnx.ModelProto, crops: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["embedding"], {"crops": crops})[0])


def _torch_features(convolutions: Convolutions, crops: np.ndarray) -> np.ndarray:
    """The same computation, written independently: caffe VGG, GeM of blocks 4 and 5, unit, joined."""
    x = torch.from_numpy(crops).float().permute(0, 3, 1, 2)
    x = x - torch.from_numpy(convolutions.mean)[None, :, None, None]
    layers, pooled = iter(convolutions.layers), []
    for block, count in enumerate(BLOCKS, 1):
        for _ in range(count):
            weight, bias = next(layers)
            x = torch.relu(torch.conv2d(x, torch.from_numpy(weight), torch.from_numpy(bias), padding=1))
        if block >= 4:
            pooled.append(torch.nn.functional.normalize((x**3).mean(dim=(2, 3)) ** (1 / 3)))
        x = torch.max_pool2d(x, 2)
    return torch.nn.functional.normalize(torch.cat(pooled, dim=1)).numpy()


def test_the_graph_computes_gem_of_vgg_as_torch_does(convolutions: Convolutions, crops: np.ndarray) -> None:
    vectors = _run(build_graph(convolutions, SIZE, POOLINGS), crops)

    np.testing.assert_allclose(vectors, _torch_features(convolutions, crops), atol=2e-3)  # fp16 weights


def test_embeddings_have_length_one_at_any_batch_size(convolutions: Convolutions, crops: np.ndarray) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 7, 0.1)
    model = build_graph(convolutions, SIZE, POOLINGS, whitening)

    for batch in (crops, crops[:1]):
        vectors = _run(model, batch)
        assert vectors.shape == (len(batch), 7)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(_run(model, crops)[:1], _run(model, crops[:1]), atol=1e-5)


def test_a_black_crop_has_an_embedding_of_finite_values(convolutions: Convolutions) -> None:
    assert np.isfinite(_run(build_graph(convolutions, SIZE, POOLINGS), np.zeros((1, SIZE, SIZE, 3), np.uint8))).all()


def test_the_graph_takes_bytes_and_stores_half_precision(convolutions: Convolutions) -> None:
    model = build_graph(convolutions, SIZE, POOLINGS)

    assert model.graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8
    kernels = [tensor for tensor in model.graph.initializer if len(tensor.dims) == 4 and tensor.dims[2] == 3]
    assert {tensor.data_type for tensor in kernels} == {TensorProto.FLOAT16}
    assert len(kernels) == 13


def test_blocks_that_no_pooling_needs_are_left_out(convolutions: Convolutions) -> None:
    model = build_graph(convolutions, SIZE, [Pooling(4)])

    assert sum(node.op_type == "Conv" for node in model.graph.node) == 10


def test_whitening_in_the_graph_equals_whitening_outside(convolutions: Convolutions, crops: np.ndarray) -> None:
    features = _run(build_graph(convolutions, SIZE, POOLINGS), crops)
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)

    vectors = _run(build_graph(convolutions, SIZE, POOLINGS, whitening), crops)

    np.testing.assert_allclose(vectors, whitening.apply(features), atol=5e-3)
