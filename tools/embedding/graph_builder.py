"""An ONNX graph under construction: nodes and stored tensors, with the operations that the embedders need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tillsight.domain.arrays import Floats


@dataclass
class GraphBuilder:
    """Collects nodes and stored tensors. Each method appends to them and returns the name of the result."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    stored: list[TensorProto] = field(default_factory=list)

    def node(self, operation: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operation, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: NDArray[Any], name: str) -> str:
        self.stored.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def half(self, values: Floats, name: str) -> str:
        """Values stored as float16 and cast to float32 in the graph: half the file. CPU runtimes fold the cast."""
        stored = self.constant(values.astype(np.float16), f"{name}.half")
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def eight_bit_kernels(self, kernels: Floats, name: str) -> str:
        """Kernels [out, ...] stored and computed as int8, with a scale for each output: a quarter of the file."""
        scale = np.maximum(np.abs(kernels.reshape(len(kernels), -1)).max(axis=1) / 127, 1e-9).astype(np.float32)
        levels = np.round(kernels / scale.reshape(-1, *(1,) * (kernels.ndim - 1))).astype(np.int8)
        inputs = [
            self.constant(levels, f"{name}.int8"),
            self.constant(scale, f"{name}.scale"),
            self.constant(np.zeros(len(scale), np.int8), f"{name}.zero"),
        ]
        return self.node("DequantizeLinear", inputs, name, axis=0)

    def eight_bits(self, activation: str, peak: float, name: str) -> str:
        """An activation of 0..`peak` rounded to 256 levels, so that runtimes with int8 kernels use them."""
        scale = self.constant(np.array(peak / 255, np.float32), f"{name}.scale")
        zero = self.constant(np.array(0, np.uint8), f"{name}.zero")
        levels = self.node("QuantizeLinear", [activation, scale, zero], f"{name}.uint8")
        return self.node("DequantizeLinear", [levels, scale, zero], name)

    def unit_length(self, vectors: str, name: str) -> str:
        """The rows of `vectors` scaled to length 1. Needs the constant `tiny`."""
        norm = self.node("ReduceL2", [vectors], f"{name}.norm", axes=[1], keepdims=1)
        at_least = self.node("Max", [norm, "tiny"], f"{name}.norm_at_least")
        return self.node("Div", [vectors, at_least], name)
