"""ONNX models that a local Triton loads in a moment."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper


def write_model(repository: Path, name: str, nodes, inputs, outputs, config: str, initializers=()) -> None:
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    (repository / name / "1").mkdir(parents=True)
    onnx.save(model, str(repository / name / "1" / "model.onnx"))
    (repository / name / "config.pbtxt").write_text(f'name: "{name}"\nbackend: "onnxruntime"\n{config}')


def write_doubler(repository: Path) -> None:
    """uint8 [N, 4] in; the doubled values out, as float32 `doubled` and saturated uint8 `bytes`."""
    write_model(
        repository,
        "doubler",
        [
            helper.make_node("Cast", ["x"], ["x_float"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["x_float", "x_float"], ["doubled"]),
            helper.make_node("Clip", ["doubled", "low", "high"], ["clipped"]),
            helper.make_node("Cast", ["clipped"], ["bytes"], to=TensorProto.UINT8),
        ],
        [helper.make_tensor_value_info("x", TensorProto.UINT8, ["n", 4])],
        [
            helper.make_tensor_value_info("doubled", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["n", 4]),
        ],
        # It waits for eight rows, longer than any test runs, so that requests are always batched.
        """max_batch_size: 8
        input [ { name: "x" data_type: TYPE_UINT8 dims: [4] } ]
        output [ { name: "doubled" data_type: TYPE_FP32 dims: [4] }, { name: "bytes" data_type: TYPE_UINT8 dims: [4] } ]
        dynamic_batching { preferred_batch_size: [8] max_queue_delay_microseconds: 100000000 }
        """,
        [
            helper.make_tensor("low", TensorProto.FLOAT, [], [0.0]),
            helper.make_tensor("high", TensorProto.FLOAT, [], [255.0]),
        ],
    )


def write_unbatched(repository: Path) -> None:
    """int64 [any] and [any] in, their sum out; no batch dimension. Lengths that differ are an error in the graph."""
    vector = [helper.make_tensor_value_info(name, TensorProto.INT64, ["length_" + name]) for name in "ab"]
    write_model(
        repository,
        "adder",
        [helper.make_node("Add", ["a", "b"], ["sum"])],
        vector,
        [helper.make_tensor_value_info("sum", TensorProto.INT64, ["m"])],
        """max_batch_size: 0
        input [ { name: "a" data_type: TYPE_INT64 dims: [-1] }, { name: "b" data_type: TYPE_INT64 dims: [-1] } ]
        output [ { name: "sum" data_type: TYPE_INT64 dims: [-1] } ]
        """,
    )


def write_triples(repository: Path) -> None:
    """float32 [N, any] in, reshaped to triples and summed: rows whose length is not a multiple of three are refused."""
    write_model(
        repository,
        "triples",
        [
            helper.make_node("Reshape", ["x", "shape"], ["folded"]),
            helper.make_node("ReduceSum", ["folded", "axes"], ["sums"], keepdims=0),
        ],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "m"])],
        [helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["n", "k"])],
        """max_batch_size: 4
        input [ { name: "x" data_type: TYPE_FP32 dims: [-1] allow_ragged_batch: true } ]
        output [ { name: "sums" data_type: TYPE_FP32 dims: [-1] } ]
        dynamic_batching { preferred_batch_size: [4] max_queue_delay_microseconds: 100000000 }
        """,
        [
            helper.make_tensor("shape", TensorProto.INT64, [3], [0, -1, 3]),
            helper.make_tensor("axes", TensorProto.INT64, [1], [2]),
        ],
    )
