"""An embedder as a folder of Triton's model repository."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import gpu_config
from embedding.graph import INPUT, OUTPUT
from runtime import model_folder
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import Calibration

MAX_BATCH = 32
AGREEMENT = 0.999
"""The least cosine between the vectors of ONNX Runtime and OpenVINO for one crop."""

CONFIG = """\
name: "{name}"
backend: "onnxruntime"
max_batch_size: {max_batch}
input [ {{ name: "{input}" data_type: TYPE_UINT8 dims: [ {size}, {size}, 3 ] }} ]
output [ {{ name: "{output}" data_type: TYPE_FP32 dims: [ {dimension} ] }} ]
instance_group [ {{ count: 1 }} ]
dynamic_batching {{ max_queue_delay_microseconds: 2000 }}
parameters {{ key: "fingerprint" value: {{ string_value: "{fingerprint}" }} }}
parameters {{ key: "crop_size" value: {{ string_value: "{size}" }} }}
parameters {{ key: "dimension" value: {{ string_value: "{dimension}" }} }}
parameters {{ key: "calibration" value: {{ string_value: '{calibration}' }} }}
"""
EIGHT_BITS = 'parameters { key: "eight_bits" value: { string_value: "activations and kernels" } }\n'
"""A parameter for gpu_config: TensorRT must then be allowed to use int8."""


def write(model: onnx.ModelProto, model_dir: Path, calibration: Calibration | None = None) -> str:
    """Write `model_dir`/1/model.onnx and the configurations; returns the fingerprint: 16 hex digits of its SHA-256.

    New galleries use `calibration`. Without one they use the cautious defaults of `Calibration`, until
    `tools/evaluate.py calibrate --keep` fits one to the embedder and writes it there.

    Raises InvalidInput if ONNX Runtime and OpenVINO differ; the files stay for inspection.
    """
    data = model.SerializeToString()
    fingerprint = hashlib.sha256(data).hexdigest()[:16]
    size = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    dimension = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    (model_dir / "1").mkdir(parents=True, exist_ok=True)
    (model_dir / "1" / "model.onnx").write_bytes(data)
    config = CONFIG.format(
        name=model_dir.name,
        max_batch=MAX_BATCH,
        input=INPUT,
        output=OUTPUT,
        size=size,
        dimension=dimension,
        fingerprint=fingerprint,
        calibration=(calibration or Calibration()).to_json(),
    )
    if any(node.op_type == "QuantizeLinear" for node in model.graph.node):
        config += EIGHT_BITS
    (model_dir / "config.pbtxt").write_text(config, encoding="utf-8")
    gpu_config.write(model_dir)
    cosine = agreement(model_dir, np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8))
    if cosine < AGREEMENT:
        raise InvalidInput(
            f"{model_dir}: ONNX Runtime and OpenVINO agree only to a cosine of {cosine:.5f}; do not serve this model"
        )
    return fingerprint


def agreement(model_dir: Path, crops: Pixels) -> float:
    """The lowest cosine between the vectors of the two runtimes, over `crops` uint8 [N, S, S, 3]."""
    session = onnxruntime.InferenceSession(str(model_dir / "1" / "model.onnx"), providers=["CPUExecutionProvider"])
    (onnxruntime_vectors,) = session.run([OUTPUT], {INPUT: crops})
    openvino_vectors = model_folder.load(model_dir)(crops)[OUTPUT]
    return float((onnxruntime_vectors * openvino_vectors).sum(axis=1).min())
