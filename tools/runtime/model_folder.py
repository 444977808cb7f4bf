"""A folder of the model repository: its configuration, and its network run in this process instead of by Triton."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import text_format
from numpy.typing import NDArray
from tritonclient.grpc.model_config_pb2 import ModelConfig

import gpu_config
from runtime.openvino_model import compile_model
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import Calibration

MODEL_REPOSITORY = Path(__file__).resolve().parents[2] / "model_repository"
"""The project's own models."""

Outputs = dict[str, NDArray[np.generic]]
Model = Callable[[Pixels], Outputs]


def load(model_dir: Path) -> Model:
    """`model_dir`/1/model.onnx in float32, as a function: a uint8 batch [N, ...] -> its outputs by name.

    `model_dir` is a model's folder, such as model_repository/vgg. The batch may have any size; memory grows with it.
    Raises InvalidInput if there is no model.
    """
    path = model_dir / "1" / "model.onnx"
    if not path.is_file():
        raise InvalidInput(f"there is no model at {path}: give a model's folder, such as model_repository/vgg")
    compiled = compile_model(path, {"PERFORMANCE_HINT": "LATENCY"})
    names = [output.get_any_name() for output in compiled.outputs]

    def run(batch: Pixels) -> Outputs:
        results = compiled(np.ascontiguousarray(batch))
        return {name: np.array(results[index]) for index, name in enumerate(names)}

    return run


def config(model_dir: Path) -> Any:
    """`model_dir`/config.pbtxt as Triton's ModelConfig message. Raises InvalidInput for any other file."""
    path = model_dir / "config.pbtxt"
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), ModelConfig())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InvalidInput(f"{path} is not a Triton configuration: {error}") from error


def parameter(model_dir: Path, key: str) -> str:
    """The value of `key` among the parameters in `model_dir`/config.pbtxt. Raises InvalidInput if it is missing."""
    parameters = config(model_dir).parameters
    if key not in parameters:
        raise InvalidInput(f"{model_dir / 'config.pbtxt'} has no parameter {key!r}: export the model again")
    return str(parameters[key].string_value)


def write_calibration(model_dir: Path, calibration: Calibration) -> None:
    """Replace the calibration in an embedder's configurations. Raises InvalidInput if config.pbtxt is invalid."""
    config(model_dir)  # an invalid configuration must stay untouched
    path = model_dir / "config.pbtxt"
    line = f"parameters {{ key: \"calibration\" value: {{ string_value: '{calibration.to_json()}' }} }}"
    lines = [old for old in path.read_text(encoding="utf-8").splitlines() if 'key: "calibration"' not in old]
    path.write_text("\n".join([*lines, line, ""]), encoding="utf-8")
    gpu_config.write(model_dir)
