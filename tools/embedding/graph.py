"""The embedder as an ONNX graph: uint8 crops -> network -> GeM pooling -> whitening -> unit vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import onnx
from onnx import TensorProto, helper

from embedding.aspect_ratio import append_aspect_ratio
from embedding.graph_builder import GraphBuilder
from embedding.whitening import Whitening

OPSET = 17  # here ReduceMean and ReduceL2 take their axes as attributes, which every runtime in use reads
IR_VERSION = 8
INPUT, OUTPUT = "crops", "embedding"
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Pooling:
    """GeM pooling of one block's maps: mean(x ** power) ** (1 / power) over all positions.

    Radenović, Tolias & Chum, Fine-tuning CNN Image Retrieval with No Human Annotation, 2018. The network numbers its
    blocks; VGG16 has 1..5.
    """

    block: int
    power: float = 3.0


class Network(Protocol):
    """A pretrained network whose maps are pooled."""

    @property
    def name(self) -> str: ...

    @property
    def origin(self) -> str:
        """The file of the weights."""

    @property
    def activation_scale(self) -> float:
        """Scales activations to about 1, so that their cubes fit half precision. The unit length cancels it."""

    def add_blocks(self, build: GraphBuilder, planes: str, blocks: Sequence[int]) -> Mapping[int, tuple[str, int]]:
        """Append the network up to the last of `blocks`; its input is RGB `planes` float32 [N, 3, S, S], 0..255.

        Returns the name of the maps [N, C, H, W], which are not negative, and C, for each block.
        """


def build_graph(
    network: Network,
    size: int,
    poolings: Sequence[Pooling],
    whitening: Whitening | None = None,
    aspect_ratio_weight: float = 0.0,
) -> onnx.ModelProto:
    """The model `crops` UINT8 [N, size, size, 3] RGB -> `embedding` FP32 [N, D], each row of unit length.

    Each pooling gives a unit vector with one value for each map of its block. The vectors are concatenated, scaled to
    unit length and whitened to D values. An `aspect_ratio_weight` above 0 appends two values for the aspect ratio of
    the object (see `append_aspect_ratio`). Without a whitening the concatenated vector is the embedding.
    """
    build = GraphBuilder()
    build.constant(np.array(TINY, np.float32), "tiny")
    pixels = build.node("Cast", [INPUT], "pixels", to=TensorProto.FLOAT)
    planes = build.node("Transpose", [pixels], "planes", perm=[0, 3, 1, 2])
    ends = network.add_blocks(build, planes, [pooling.block for pooling in poolings])
    parts = [
        _add_pooling(build, ends[pooling.block][0], pooling, index, network.activation_scale)
        for index, pooling in enumerate(poolings)
    ]
    joined = build.node("Concat", parts, "joined", axis=1)
    vector = build.unit_length(joined, "features" if whitening is not None else OUTPUT)
    dimension = sum(ends[pooling.block][1] for pooling in poolings)
    if whitening is not None:
        build.constant(whitening.mean.astype(np.float32), "whitening.mean")
        centred = build.node("Sub", [vector, "whitening.mean"], "whitening.centred")
        vector = build.node("MatMul", [centred, build.half(whitening.matrix, "whitening.matrix")], "whitened")
        dimension = whitening.matrix.shape[1]
        if aspect_ratio_weight > 0:
            unit = build.unit_length(vector, "whitened.unit")
            append_aspect_ratio(build, pixels, size, unit, aspect_ratio_weight, OUTPUT)
            dimension += 2
        else:
            build.unit_length(vector, OUTPUT)

    graph = helper.make_graph(
        build.nodes,
        network.name,
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["N", size, size, 3])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", dimension])],
        build.stored,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tillsight")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model


def _add_pooling(build: GraphBuilder, activation: str, pooling: Pooling, index: int, activation_scale: float) -> str:
    name = f"gem{index}_block{pooling.block}"
    build.constant(np.array(activation_scale, np.float32), f"{name}.scale")
    build.constant(np.array(pooling.power, np.float32), f"{name}.power")
    build.constant(np.array(1 / pooling.power, np.float32), f"{name}.root")
    scaled = build.node("Mul", [activation, f"{name}.scale"], f"{name}.scaled")
    raised = build.node("Pow", [scaled, f"{name}.power"], f"{name}.raised")
    mean = build.node("ReduceMean", [raised], f"{name}.mean", axes=[2, 3], keepdims=0)
    return build.unit_length(build.node("Pow", [mean, f"{name}.root"], f"{name}.pooled"), f"{name}.unit")
