"""VGG16 in eight bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto

from embedding.graph import build_graph
from embedding.repository import write
from embedding.vgg16 import BLOCKS, Convolutions, quantize_to_eight_bits
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


def test_eight_bits_change_a_vector_by_little_and_halve_the_file(
    convolutions: Convolutions, crops: np.ndarray, tmp_path: Path
) -> None:
    rounded = build_graph(quantize_to_eight_bits(convolutions, (4, 5), crops), SIZE, POOLINGS)

    agreement = (_run(rounded, crops) * _torch_features(convolutions, crops)).sum(axis=1)
    assert agreement.min() > 0.99  # of few channels; VGG16's own reaches 0.9995
    kernels = [tensor for tensor in rounded.graph.initializer if len(tensor.dims) == 4 and tensor.dims[2] == 3]
    assert [tensor.data_type for tensor in kernels].count(TensorProto.INT8) == 12  # all but the first
    write(rounded, tmp_path / "vgg")  # both runtimes agree on it
