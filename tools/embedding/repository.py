"""An embedder as Triton's model repository holds it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

import gpu_config
from embedding.graph import INPUT, OUTPUT
from evaluation import models
from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import Calibration

MAX_BATCH = 32
AGREEMENT = 0.999
"""Cosine that ONNX Runtime's and OpenVINO's vectors of one crop must reach."""

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
"""Told to gpu_config: TensorRT must then be allowed int8."""


def write(model: onnx.ModelProto, model_dir: Path, calibration: Calibration | None = None) -> str:
    """Write `model_dir`/1/model.onnx and the configurations; returns the fingerprint: 16 hex digits of its SHA-256.

    `calibration` is what new galleries are judged by; without one, cautious numbers that no one fitted:
    `tools/evaluate.py calibrate --keep` fits them to the embedder and writes them there.

    Raises InvalidInput, leaving the files for inspection, where ONNX Runtime and OpenVINO disagree on it.
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
        raise InvalidInput(f"{model_dir}: ONNX Runtime and OpenVINO agree to cosine {cosine:.5f} only; do not ship it")
    return fingerprint


def agreement(model_dir: Path, crops: NDArray[np.uint8]) -> float:
    """The lowest cosine between the two runtimes' vectors of `crops`, uint8 [N, S, S, 3]."""
    session = onnxruntime.InferenceSession(str(model_dir / "1" / "model.onnx"), providers=["CPUExecutionProvider"])
    (theirs,) = session.run([OUTPUT], {INPUT: crops})
    ours = models.load(model_dir)(crops)[OUTPUT]
    return float((theirs * ours).sum(axis=1).min())
