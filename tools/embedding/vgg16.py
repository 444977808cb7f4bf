"""VGG16's convolutions as nodes of a graph, in half precision or in eight bits.

Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, column D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

import inference
from embedding.builder import Builder
from embedding.graph import INPUT, Pooling, build_graph

Array = NDArray[np.float32]

BLOCKS = (2, 2, 3, 3, 3)
"""Convolutions a block, a 2x2 maximum pooling after each block."""
ACTIVATION_SCALE = 1 / 1024
"""VGG16's block 3 reaches 17,000 on photos, 28,000 on a checkerboard; scaled, the cubes of that fit half precision,
whose largest number is 65504."""
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Convolutions:
    """VGG16's convolutions for RGB pixels in 0..255 with `mean` (R, G, B) subtracted.

    `layers` holds (weight fp32 [out, in, 3, 3], bias fp32 [out]) in order, thirteen of them. `peaks`, where given,
    are the largest activations after each of the first of them; those convolutions are then computed in eight
    bits, all but the very first, whose few weights would save nothing.
    """

    layers: tuple[tuple[Array, Array], ...]
    mean: Array
    origin: str
    peaks: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        return "vgg16_embedder"

    @property
    def activation_scale(self) -> float:
        return ACTIVATION_SCALE

    def add_blocks(self, build: Builder, planes: str, blocks: Sequence[int]) -> Mapping[int, tuple[str, int]]:
        """See `graph.Network`: blocks are 1..5, a block's maps its last activation, before the maximum pooling."""
        build.constant(self.mean.astype(np.float32).reshape(1, 3, 1, 1), "mean")
        # Not folded into the first bias: the convolutions' zero padding must stand for the mean colour.
        current = build.node("Sub", [planes, "mean"], "centred")
        ends: dict[int, tuple[str, int]] = {}
        for number, (block, name) in enumerate(_names(max(blocks))):
            if block > 1 and block not in ends:
                current = build.node("MaxPool", [current], f"pool{block - 1}", kernel_shape=[2, 2], strides=[2, 2])
            current = self._add_layer(build, current, number, name)
            ends[block] = current, int(self.layers[number][0].shape[0])
        return ends

    def _add_layer(self, build: Builder, inputs: str, number: int, name: str) -> str:
        weight, bias = self.layers[number]
        in_eight_bits = bool(self.peaks) and number > 0
        kernels = build.eight_bit_kernels if in_eight_bits else build.half
        arguments = [inputs, kernels(weight, f"{name}.weight"), build.constant(bias, f"{name}.bias")]
        linear = build.node("Conv", arguments, f"{name}.linear", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        activation = build.node("Relu", [linear], name)
        return build.eight_bits(activation, self.peaks[number], f"{name}.rounded") if self.peaks else activation


def in_eight_bits(convolutions: Convolutions, blocks: Sequence[int], crops: NDArray[np.uint8]) -> Convolutions:
    """The same network with the largest activations that `crops`, uint8 [N, S, S, 3], cause in it.

    Nothing is clipped: GeM pooling lives on the largest activations (Nagel et al., A White Paper on Neural Network
    Quantization, 2021, has the alternatives).
    """
    model = build_graph(convolutions, crops.shape[1], [Pooling(block) for block in blocks])
    activations = [name for _, name in _names(max(blocks))]
    for name in activations:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    compiled = inference.compiled(model)
    peaks = np.zeros(len(activations))
    for start in range(0, len(crops), AT_ONCE):
        results = compiled({INPUT: crops[start : start + AT_ONCE]})
        peaks = np.maximum(peaks, [float(results[name].max()) for name in activations])
    return replace(convolutions, peaks=tuple(float(peak) for peak in np.maximum(peaks, 1e-6)))


def _names(last_block: int) -> Iterator[tuple[int, str]]:
    """The block and the name of each convolution, in order."""
    for block in range(1, last_block + 1):
        for position in range(1, BLOCKS[block - 1] + 1):
            yield block, f"conv{block}_{position}"
