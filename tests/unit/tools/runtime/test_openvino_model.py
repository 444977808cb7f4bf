"""Models compiled in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from runtime.openvino_model import compile_model


def doubler() -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubler",
        [value("x", TensorProto.FLOAT, ["n"])],
        [value("y", TensorProto.FLOAT, ["n"])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_a_graph_in_memory_and_its_file_compute_the_same(tmp_path: Path) -> None:
    onnx.save(doubler(), tmp_path / "model.onnx")
    x = np.float32([1, 2.5])

    in_memory, from_file = compile_model(doubler())(x)[0], compile_model(tmp_path / "model.onnx")(x)[0]

    assert in_memory.tolist() == from_file.tolist() == [2.0, 5.0]
