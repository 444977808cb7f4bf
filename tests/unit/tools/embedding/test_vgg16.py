"""VGG16 in eight bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto

from embedding.graph import build_graph
from embedding.repository import write
from embedding.vgg16 import Convolutions, quantize_to_eight_bits
from support.small_vgg import (
    POOLINGS,
    SIZE,
    embed_with_onnxruntime,
    embed_with_torch,
)


def test_eight_bits_change_a_vector_by_little_and_halve_the_file(
    convolutions: Convolutions, crops: np.ndarray, tmp_path: Path
) -> None:
    rounded = build_graph(quantize_to_eight_bits(convolutions, (4, 5), crops), SIZE, POOLINGS)

    agreement = (embed_with_onnxruntime(rounded, crops) * embed_with_torch(convolutions, crops)).sum(axis=1)
    assert agreement.min() > 0.99  # of few channels; VGG16's own reaches 0.9995
    kernels = [tensor for tensor in rounded.graph.initializer if len(tensor.dims) == 4 and tensor.dims[2] == 3]
    assert [tensor.data_type for tensor in kernels].count(TensorProto.INT8) == 12  # all but the first
    write(rounded, tmp_path / "vgg")  # both runtimes agree on it
