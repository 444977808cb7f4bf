"""The embedder graph, on a network of VGG16's structure with few channels."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from embedding.graph import Pooling, build_graph
from embedding.vgg16 import Convolutions
from embedding.whitening import fit_pca_whitening
from support.small_vgg import (
    POOLINGS,
    SIZE,
    embed_with_onnxruntime,
    embed_with_torch,
)


def test_the_graph_computes_gem_of_vgg_as_torch_does(convolutions: Convolutions, crops: np.ndarray) -> None:
    vectors = embed_with_onnxruntime(build_graph(convolutions, SIZE, POOLINGS), crops)

    np.testing.assert_allclose(vectors, embed_with_torch(convolutions, crops), atol=2e-3)  # fp16 weights


def test_embeddings_have_length_one_at_any_batch_size(convolutions: Convolutions, crops: np.ndarray) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 7, 0.1)
    model = build_graph(convolutions, SIZE, POOLINGS, whitening)

    for batch in (crops, crops[:1]):
        vectors = embed_with_onnxruntime(model, batch)
        assert vectors.shape == (len(batch), 7)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(
        embed_with_onnxruntime(model, crops)[:1], embed_with_onnxruntime(model, crops[:1]), atol=1e-5
    )


def test_a_black_crop_has_an_embedding_of_finite_values(convolutions: Convolutions) -> None:
    assert np.isfinite(
        embed_with_onnxruntime(build_graph(convolutions, SIZE, POOLINGS), np.zeros((1, SIZE, SIZE, 3), np.uint8))
    ).all()


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
    features = embed_with_onnxruntime(build_graph(convolutions, SIZE, POOLINGS), crops)
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)

    vectors = embed_with_onnxruntime(build_graph(convolutions, SIZE, POOLINGS, whitening), crops)

    np.testing.assert_allclose(vectors, whitening.apply(features), atol=5e-3)
