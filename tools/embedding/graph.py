"""The embedder as an ONNX graph: uint8 crops -> VGG16 -> GeM -> whitening -> unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from embedding.weights import BLOCKS, Convolutions
from embedding.whitening import Whitening

OPSET = 17  # ReduceMean and ReduceL2 still take their axes as attributes: read by every runtime in use
IR_VERSION = 8
INPUT, OUTPUT = "crops", "embedding"
ACTIVATION_SCALE = 1 / 1024
"""VGG16's block 3 reaches 17,000 on photos, 28,000 on a checkerboard; scaled, the cubes of that fit half precision,
whose largest number is 65504. The L2 norm cancels it."""
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Pooling:
    """GeM pooling of one block's last convolution: mean(x ** power) ** (1 / power) over all positions.

    Radenović, Tolias & Chum, Fine-tuning CNN Image Retrieval with No Human Annotation, 2018. `block` is 1..5.
    """

    block: int
    power: float = 3.0


@dataclass
class _Builder:
    """Collects nodes and stored tensors; each method appends and returns the name of what it made."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    stored: list[TensorProto] = field(default_factory=list)

    def node(self, operation: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operation, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: NDArray[Any], name: str) -> str:
        self.stored.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def half(self, values: NDArray[np.float32], name: str) -> str:
        """Stored as fp16, cast to fp32 in the graph: half the file; CPU runtimes fold the cast at load."""
        stored = self.constant(values.astype(np.float16), f"{name}.half")
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def unit_length(self, vectors: str, name: str) -> str:
        norm = self.node("ReduceL2", [vectors], f"{name}.norm", axes=[1], keepdims=1)
        at_least = self.node("Max", [norm, "tiny"], f"{name}.norm_at_least")
        return self.node("Div", [vectors, at_least], name)


def build_graph(
    convolutions: Convolutions, size: int, poolings: Sequence[Pooling], whitening: Whitening | None = None
) -> onnx.ModelProto:
    """The model `crops` UINT8 [N, size, size, 3] RGB -> `embedding` FP32 [N, D], each row of length 1.

    Each pooling gives 512 values (256 for block 3, ...) of length 1; they are joined in order, made length 1
    again, then whitened to D values. Without a whitening the joined vector is the embedding.
    """
    build = _Builder()
    build.constant(np.array(TINY, np.float32), "tiny")
    pixels = build.node("Cast", [INPUT], "pixels", to=TensorProto.FLOAT)
    planes = build.node("Transpose", [pixels], "planes", perm=[0, 3, 1, 2])
    build.constant(convolutions.mean.astype(np.float32).reshape(1, 3, 1, 1), "mean")
    # Not folded into the first bias: the convolutions' zero padding must stand for the mean colour.
    block_ends = _add_blocks(build, build.node("Sub", [planes, "mean"], "centred"), convolutions, poolings)

    parts = [_add_pooling(build, block_ends[pooling.block], pooling, index) for index, pooling in enumerate(poolings)]
    joined = build.node("Concat", parts, "joined", axis=1)
    vector = build.unit_length(joined, "features" if whitening is not None else OUTPUT)
    dimension = sum(convolutions.layers[sum(BLOCKS[: pooling.block]) - 1][0].shape[0] for pooling in poolings)
    if whitening is not None:
        build.constant(whitening.mean.astype(np.float32), "whitening.mean")
        centred = build.node("Sub", [vector, "whitening.mean"], "whitening.centred")
        vector = build.node("MatMul", [centred, build.half(whitening.matrix, "whitening.matrix")], "whitened")
        dimension = whitening.matrix.shape[1]
        build.unit_length(vector, OUTPUT)

    graph = helper.make_graph(
        build.nodes,
        "vgg16_embedder",
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["N", size, size, 3])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", dimension])],
        build.stored,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tillsight")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model


def _add_blocks(build: _Builder, image: str, convolutions: Convolutions, poolings: Sequence[Pooling]) -> dict[int, str]:
    """VGG16's blocks as far as a pooling needs them; returns the last activation of each by block number."""
    ends: dict[int, str] = {}
    layers = iter(convolutions.layers)
    current = image
    for block in range(1, max(pooling.block for pooling in poolings) + 1):
        if block > 1:
            current = build.node("MaxPool", [current], f"pool{block - 1}", kernel_shape=[2, 2], strides=[2, 2])
        for position in range(1, BLOCKS[block - 1] + 1):
            name = f"conv{block}_{position}"
            weight, bias = next(layers)
            inputs = [current, build.half(weight, f"{name}.weight"), build.constant(bias, f"{name}.bias")]
            linear = build.node("Conv", inputs, f"{name}.linear", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
            current = build.node("Relu", [linear], name)
        ends[block] = current
    return ends


def _add_pooling(build: _Builder, activation: str, pooling: Pooling, index: int) -> str:
    name = f"gem{index}_block{pooling.block}"
    build.constant(np.array(ACTIVATION_SCALE, np.float32), f"{name}.scale")
    build.constant(np.array(pooling.power, np.float32), f"{name}.power")
    build.constant(np.array(1 / pooling.power, np.float32), f"{name}.root")
    scaled = build.node("Mul", [activation, f"{name}.scale"], f"{name}.scaled")
    raised = build.node("Pow", [scaled, f"{name}.power"], f"{name}.raised")
    mean = build.node("ReduceMean", [raised], f"{name}.mean", axes=[2, 3], keepdims=0)
    return build.unit_length(build.node("Pow", [mean, f"{name}.root"], f"{name}.pooled"), f"{name}.unit")
