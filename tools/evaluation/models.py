"""A model of the repository, run in this process: figures of the model, not of a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import text_format
from numpy.typing import NDArray
from tritonclient.grpc.model_config_pb2 import ModelConfig

import gpu_config
import inference
from tillsight.domain.errors import InvalidInput
from tillsight.recognition.calibration import Calibration

Outputs = dict[str, NDArray[np.generic]]
Model = Callable[[NDArray[np.uint8]], Outputs]


def load(model_dir: Path) -> Model:
    """`model_dir`/1/model.onnx, compiled by OpenVINO at fp32: a uint8 batch [N, ...] -> its outputs by name.

    `model_dir` is a model's folder in the repository, e.g. model_repository/vgg. Any batch size will do;
    memory grows with it. Raises InvalidInput where there is no model.
    """
    path = model_dir / "1" / "model.onnx"
    if not path.is_file():
        raise InvalidInput(f"there is no model at {path}: name its folder, such as model_repository/vgg")
    compiled = inference.compiled(path, {"PERFORMANCE_HINT": "LATENCY"})
    names = [output.get_any_name() for output in compiled.outputs]

    def run(batch: NDArray[np.uint8]) -> Outputs:
        results = compiled(np.ascontiguousarray(batch))
        return {name: np.array(results[index]) for index, name in enumerate(names)}

    return run


def config(model_dir: Path) -> Any:
    """`model_dir`/config.pbtxt as Triton's ModelConfig message; raises InvalidInput where it is none."""
    path = model_dir / "config.pbtxt"
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), ModelConfig())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InvalidInput(f"{path} is no Triton configuration: {error}") from error


def parameter(model_dir: Path, key: str) -> str:
    """The string value of `key` in `model_dir`/config.pbtxt's parameters; raises InvalidInput without one."""
    parameters = config(model_dir).parameters
    if key not in parameters:
        raise InvalidInput(f"{model_dir / 'config.pbtxt'} names no parameter {key!r}: export the model again")
    return str(parameters[key].string_value)


def keep_calibration(model_dir: Path, calibration: Calibration) -> None:
    """Write an embedder's calibration into its configurations, in place of the one there. Raises InvalidInput."""
    config(model_dir)  # nothing is written into what is no configuration
    path = model_dir / "config.pbtxt"
    line = f"parameters {{ key: \"calibration\" value: {{ string_value: '{calibration.to_json()}' }} }}"
    lines = [old for old in path.read_text(encoding="utf-8").splitlines() if 'key: "calibration"' not in old]
    path.write_text("\n".join([*lines, line, ""]), encoding="utf-8")
    gpu_config.write(model_dir)
