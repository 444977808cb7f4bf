"""The models in the model repository, and their configuration for NVIDIA's container."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from google.protobuf import text_format
from onnx import TensorProto
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig

from embedding.vgg16 import ACTIVATION_SCALE
from gpu_config import stale
from support.paths import ROOT

NEWEST_IR, NEWEST_OPSET = 11, 23
"""What ONNX Runtime 1.23 reads, the one in the Triton release that docker-compose.yml pins."""
LARGEST_HALF = 65504.0
TYPES = {TensorProto.UINT8: "TYPE_UINT8", TensorProto.FLOAT: "TYPE_FP32"}
# The keys of triton-inference-server/onnxruntime_backend's README that are used; it refuses to load with others.
TENSORRT_KEYS = {"precision_mode", "trt_layer_norm_fp32_fallback", "trt_engine_cache_enable", "trt_engine_cache_path"}
MODELS = sorted(path.parent for path in (ROOT / "model_repository").glob("*/config.pbtxt"))
each_model = pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)


def config(path: Path) -> ModelConfig:
    return text_format.Parse(path.read_text(), ModelConfig())


def graph(folder: Path) -> onnx.ModelProto:
    return onnx.load(str(folder / "1" / "model.onnx"))


@each_model
def test_the_names_and_types_of_the_configuration_are_in_the_graph(folder: Path) -> None:
    configured, model = config(folder / "config.pbtxt"), graph(folder)
    assert (configured.name, configured.backend) == (folder.name, "onnxruntime")
    for entries, tensors in ((configured.input, model.graph.input), (configured.output, model.graph.output)):
        assert [entry.name for entry in entries] == [tensor.name for tensor in tensors]
        for entry, tensor in zip(entries, tensors, strict=True):
            shape = tensor.type.tensor_type.shape.dim
            assert TYPES[tensor.type.tensor_type.elem_type] == DataType.Name(entry.data_type)
            assert shape[0].dim_value == 0, "the batch must be open"
            assert len(shape) == 1 + len(entry.dims)
            # A dimension that the graph leaves open may have any size; a fixed one must be equal.
            assert all(
                in_graph.dim_value in (0, configured_size)
                for in_graph, configured_size in zip(shape[1:], entry.dims, strict=True)
            )


@each_model
def test_the_pinned_release_can_read_the_graph(folder: Path) -> None:
    model = graph(folder)
    assert model.ir_version <= NEWEST_IR
    assert {entry.domain for entry in model.opset_import} == {""}
    assert all(entry.version <= NEWEST_OPSET for entry in model.opset_import)


@each_model
def test_the_fingerprint_is_the_digest_of_the_weights(folder: Path) -> None:
    digest = hashlib.sha256((folder / "1" / "model.onnx").read_bytes()).hexdigest()
    assert config(folder / "config.pbtxt").parameters["fingerprint"].string_value == digest[:16]


@each_model
def test_on_a_gpu_the_same_model_runs_by_tensorrt_in_its_stored_precision(folder: Path) -> None:
    assert not stale(folder), "run tools/gpu_config.py"
    gpu = config(folder / "configs" / "gpu.pbtxt")
    (accelerator,) = gpu.optimization.execution_accelerators.gpu_execution_accelerator
    assert accelerator.name == "tensorrt"
    operations = {node.op_type for node in onnx.load(folder / "1" / "model.onnx").graph.node}
    assert accelerator.parameters["precision_mode"] == ("INT8" if "QuantizeLinear" in operations else "FP16")
    assert set(accelerator.parameters) <= TENSORRT_KEYS
    gpu.ClearField("optimization")
    gpu.ClearField("model_warmup")
    assert gpu == config(folder / "config.pbtxt")


@each_model
def test_the_gpus_engine_is_built_for_all_batches_before_the_model_is_ready(folder: Path) -> None:
    gpu = config(folder / "configs" / "gpu.pbtxt")
    assert [warmup.batch_size for warmup in gpu.model_warmup] == [1, gpu.max_batch_size]
    for warmup in gpu.model_warmup:
        ((name, tensor),) = warmup.inputs.items()
        assert (name, tensor.data_type, tensor.dims) == (gpu.input[0].name, gpu.input[0].data_type, gpu.input[0].dims)


@each_model
def test_values_computed_in_half_precision_fit_its_range(folder: Path) -> None:
    """For a photo and a checkerboard; powers and their means may be larger, because they are computed in fp32."""
    configured, model = config(folder / "config.pbtxt"), onnx.shape_inference.infer_shapes(graph(folder))
    height, width = configured.input[0].dims[:2]
    photo = cv2.cvtColor(cv2.imread(str(ROOT / "docs" / "demo.jpg")), cv2.COLOR_BGR2RGB)
    squares = np.indices((height, width)).sum(axis=0) // 4 % 2 * 255
    batch = np.stack([cv2.resize(photo, (width, height)), np.repeat(squares[..., None], 3, axis=2).astype(np.uint8)])

    in_single = {"Pow"}
    in_single_names = {name for node in model.graph.node if node.op_type in in_single for name in node.output}
    in_single_names |= {
        name
        for node in model.graph.node
        if node.op_type == "ReduceMean" and node.input[0] in in_single_names
        for name in node.output
    }
    existing = {output.name for output in model.graph.output}
    watched = [
        value
        for value in model.graph.value_info
        if value.type.tensor_type.elem_type == TensorProto.FLOAT and value.name not in in_single_names | existing
    ]
    model.graph.output.extend(watched)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # keeps every value
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    names = [value.name for value in watched]
    largest = {
        name: float(np.abs(value).max(initial=0))
        for name, value in zip(names, session.run(names, {configured.input[0].name: batch}), strict=True)
    }
    assert {name: value for name, value in largest.items() if not value < LARGEST_HALF / 2} == {}


def test_the_cubes_of_a_newly_exported_embedder_fit_half_precision() -> None:
    largest_activation = 28_000  # of block 3, for the checkerboard above
    assert (largest_activation * ACTIVATION_SCALE) ** 3 < LARGEST_HALF / 2
