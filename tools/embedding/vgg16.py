"""VGG16's convolutions as nodes of a graph, in half precision or in eight bits.

Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, column D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from onnx import TensorProto, helper

from embedding.graph import INPUT, Pooling, build_graph
from embedding.graph_builder import GraphBuilder
from runtime.openvino_model import compile_model
from tillsight.domain.arrays import Floats, Pixels

BLOCKS = (2, 2, 3, 3, 3)
"""The number of convolutions in each block. A 2x2 maximum pooling follows each block."""
ACTIVATION_SCALE = 1 / 1024
"""VGG16's block 3 reaches 17,000 on photos and 28,000 on a checkerboard. Scaled, the cubes of these values fit half
precision, whose largest number is 65504."""
BATCH_SIZE = 8


@dataclass(frozen=True, slots=True)
class Convolutions:
    """VGG16's convolutions for RGB pixels in 0..255 with `mean` (R, G, B) subtracted.

    `layers` are the thirteen convolutions in order, each (weight float32 [out, in, 3, 3], bias float32 [out]). `peaks`,
    if any, are the largest activations after each of the first convolutions. These are then computed in eight bits,
    except the very first one, whose few weights would save nothing.
    """

    layers: tuple[tuple[Floats, Floats], ...]
    mean: Floats
    origin: str
    peaks: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        return "vgg16_embedder"

    @property
    def activation_scale(self) -> float:
        return ACTIVATION_SCALE

    def add_blocks(self, build: GraphBuilder, planes: str, blocks: Sequence[int]) -> Mapping[int, tuple[str, int]]:
        """See `graph.Network`. Blocks are 1..5; a block's maps are its last activations, before the maximum pooling."""
        build.constant(self.mean.astype(np.float32).reshape(1, 3, 1, 1), "mean")
        # Not folded into the first bias: the zero padding of the convolutions must mean the mean colour.
        current = build.node("Sub", [planes, "mean"], "centred")
        ends: dict[int, tuple[str, int]] = {}
        for number, (block, name) in enumerate(_names(max(blocks))):
            if block > 1 and block not in ends:
                current = build.node("MaxPool", [current], f"pool{block - 1}", kernel_shape=[2, 2], strides=[2, 2])
            current = self._add_layer(build, current, number, name)
            ends[block] = current, int(self.layers[number][0].shape[0])
        return ends

    def _add_layer(self, build: GraphBuilder, inputs: str, number: int, name: str) -> str:
        weight, bias = self.layers[number]
        in_eight_bits = bool(self.peaks) and number > 0
        kernels = build.eight_bit_kernels if in_eight_bits else build.half
        arguments = [inputs, kernels(weight, f"{name}.weight"), build.constant(bias, f"{name}.bias")]
        linear = build.node("Conv", arguments, f"{name}.linear", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        activation = build.node("Relu", [linear], name)
        return build.eight_bits(activation, self.peaks[number], f"{name}.rounded") if self.peaks else activation


def quantize_to_eight_bits(convolutions: Convolutions, blocks: Sequence[int], crops: Pixels) -> Convolutions:
    """The same network in eight bits, with the largest activations that `crops`, uint8 [N, S, S, 3], cause.

    The range covers the largest activation, because GeM pooling depends on it most (for alternatives see Nagel et al.,
    A White Paper on Neural Network Quantization, 2021).
    """
    model = build_graph(convolutions, crops.shape[1], [Pooling(block) for block in blocks])
    activations = [name for _, name in _names(max(blocks))]
    for name in activations:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    compiled = compile_model(model)
    peaks = np.zeros(len(activations))
    for start in range(0, len(crops), BATCH_SIZE):
        results = compiled({INPUT: crops[start : start + BATCH_SIZE]})
        peaks = np.maximum(peaks, [float(results[name].max()) for name in activations])
    return replace(convolutions, peaks=tuple(float(peak) for peak in np.maximum(peaks, 1e-6)))


def _names(last_block: int) -> Iterator[tuple[int, str]]:
    """The block and the name of each convolution, in order."""
    for block in range(1, last_block + 1):
        for position in range(1, BLOCKS[block - 1] + 1):
            yield block, f"conv{block}_{position}"
